//! UmaDB's server with its defaults, as its own program starts it: `umadb-server ADDRESS DIRECTORY`. It ends when its standard
//! input does, so with whoever started it.

use tokio::io::{AsyncReadExt, stdin};
use umadb_server::{ServerOptions, StorageOptions, start_server_with_options};

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let mut given = std::env::args().skip(1);
    let (Some(listen_addr), Some(directory)) = (given.next(), given.next()) else {
        anyhow::bail!("umadb-server ADDRESS DIRECTORY");
    };
    let options = ServerOptions {
        listen_addr,
        tls: None,
        api_key: None,
        storage: StorageOptions::default().db_path(directory),
    };
    let (_alive, shutdown) = tokio::sync::oneshot::channel();
    tokio::select! {
        served = start_server_with_options(options, shutdown) => {
            served.map_err(|error| anyhow::anyhow!("{error}"))
        }
        ended = async { stdin().read_to_end(&mut Vec::new()).await } => Ok(ended.map(drop)?),
    }
}
