//! The command line that all peers share.

use std::time::Duration;

/// What is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// Commands a second.
    Append,
    /// What the peer's own subscription never delivers.
    Hunt,
}

/// `--url URL [--mode append|hunt] [--writers N] [--secs S]`
#[derive(Debug, Clone)]
pub struct Arguments {
    /// The peer's server or database.
    pub url: String,
    /// What is measured.
    pub mode: Mode,
    /// Writers at once.
    pub writers: usize,
    /// How long they write.
    pub time: Duration,
}

impl Arguments {
    /// Reads the command line; ends the program with a hint when it cannot be read.
    pub fn parse() -> Self {
        let given: Vec<String> = std::env::args().skip(1).collect();
        Self::from(&given).unwrap_or_else(|mistake| {
            eprintln!("{mistake}: --url URL [--mode append|hunt] [--writers N] [--secs S]");
            std::process::exit(2);
        })
    }

    fn from(given: &[String]) -> Result<Self, String> {
        let mut arguments = Self {
            url: String::new(),
            mode: Mode::Append,
            writers: 1,
            time: Duration::from_secs(3),
        };
        for pair in given.chunks(2) {
            let [name, value] = pair else {
                return Err(format!("{} has no value", pair[0]));
            };
            let wrong = || format!("{name} cannot be {value}");
            match name.as_str() {
                "--url" => arguments.url.clone_from(value),
                "--mode" if value == "append" => arguments.mode = Mode::Append,
                "--mode" if value == "hunt" => arguments.mode = Mode::Hunt,
                "--writers" => arguments.writers = value.parse().map_err(|_| wrong())?,
                "--secs" => {
                    let secs: f64 = value.parse().map_err(|_| wrong())?;
                    arguments.time = Duration::try_from_secs_f64(secs).map_err(|_| wrong())?;
                }
                _ => return Err(wrong()),
            }
        }
        if arguments.url.is_empty() {
            return Err("where is the peer".to_owned());
        }
        Ok(arguments)
    }
}
