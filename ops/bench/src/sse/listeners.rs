//! Many clients of a live stream in one thread: as little as can tell when each message came.

use std::{
    convert::Infallible,
    io::ErrorKind,
    net::{Ipv4Addr, SocketAddr},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU8, Ordering},
    },
    thread::JoinHandle,
    time::{Duration, Instant},
};

use anyhow::{Context, bail, ensure};
use futures::{StreamExt, TryStreamExt, stream};
use tokio::{
    net::{TcpSocket, TcpStream},
    sync::{Notify, oneshot},
    task::JoinSet,
    time::timeout,
};

/// Connections that are made at the same time.
const AT_ONCE: usize = 128;
/// One client address has 28,000 ports; those of connections that have ended are not free at once.
const PORTS: usize = 8_000;
const PATIENCE: Duration = Duration::from_secs(20);

/// When messages came.
#[derive(Debug, Default)]
struct Heard {
    receipts: Mutex<Receipts>,
    enough: Notify,
}

#[derive(Debug, Default)]
struct Receipts {
    times: Vec<Instant>,
    wanted: usize,
}

/// Open streams. They end when this is dropped.
pub(super) struct Listeners {
    heard: Arc<Heard>,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<anyhow::Result<Vec<u64>>>>,
}

impl Listeners {
    /// Opens so many with this request, and waits until the server has answered all of them.
    pub(super) async fn open(address: &str, request: &str, count: usize) -> anyhow::Result<Self> {
        static BLOCK: AtomicU8 = AtomicU8::new(0);
        let block = BLOCK.fetch_add(1, Ordering::Relaxed);
        let (address, request) = (address.parse::<SocketAddr>()?, request.to_owned());
        let heard = Arc::new(Heard::default());
        let (stop, stopped) = oneshot::channel();
        let (opened, all_opened) = oneshot::channel();
        let noting = Arc::clone(&heard);
        let thread = std::thread::Builder::new().name("listeners".to_owned());
        let thread = thread.spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()?;
            runtime.block_on(async {
                let streams = connect(address, &request, count, block).await?;
                // Whoever opened them may have given up.
                let _ = opened.send(());
                listen(streams, &noting, stopped).await
            })
        })?;
        let mut listeners = Self {
            heard,
            stop: Some(stop),
            thread: Some(thread),
        };
        if all_opened.await.is_err() {
            listeners.close()?;
            bail!("the streams ended at once");
        }
        Ok(listeners)
    }

    /// Forgets what came, and says that so many messages are to come in all.
    pub(super) fn expect(&self, wanted: usize) {
        let mut receipts = self.heard.lock();
        receipts.times.clear();
        receipts.times.reserve(wanted);
        receipts.wanted = wanted;
    }

    /// When they came, in order, as soon as all are there.
    pub(super) async fn all(&self, patience: Duration) -> anyhow::Result<Vec<Instant>> {
        let waited = timeout(patience, async {
            loop {
                let enough = self.heard.enough.notified();
                if let Some(times) = self.heard.all() {
                    return times;
                }
                enough.await;
            }
        });
        if let Ok(times) = waited.await {
            return Ok(times);
        }
        let receipts = self.heard.lock();
        bail!(
            "{} of {} messages came within {} s",
            receipts.times.len(),
            receipts.wanted,
            patience.as_secs()
        )
    }

    /// Ends all streams: how many messages each has heard.
    pub(super) fn close(&mut self) -> anyhow::Result<Vec<u64>> {
        drop(self.stop.take());
        let Some(thread) = self.thread.take() else {
            return Ok(vec![]);
        };
        match thread.join() {
            Ok(counts) => counts,
            Err(_) => bail!("the thread of the listeners has failed"),
        }
    }
}

impl Drop for Listeners {
    fn drop(&mut self) {
        // What went wrong was told by whoever waited.
        let _ = self.close();
    }
}

/// A stream that was answered, and what came behind the answer's head.
type Opened = (TcpStream, DataLines);

async fn connect(
    address: SocketAddr,
    request: &str,
    count: usize,
    block: u8,
) -> anyhow::Result<Vec<Opened>> {
    let one = |number: usize| async move {
        let place = u8::try_from(number / PORTS + 1).context("too many streams")?;
        // Each set of streams comes from addresses of its own.
        let from = Ipv4Addr::new(127, 77, block, place);
        timeout(PATIENCE, answered(from, address, request))
            .await
            .context("a stream is not answered")?
    };
    stream::iter((0..count).map(one))
        .buffer_unordered(AT_ONCE)
        .try_collect()
        .await
}

async fn answered(from: Ipv4Addr, address: SocketAddr, request: &str) -> anyhow::Result<Opened> {
    let socket = TcpSocket::new_v4()?;
    socket.bind((from, 0).into())?;
    let stream = socket.connect(address).await?;
    let mut sent = request.as_bytes();
    while !sent.is_empty() {
        stream.writable().await?;
        match stream.try_write(sent) {
            Ok(count) => sent = &sent[count..],
            Err(error) if error.kind() == ErrorKind::WouldBlock => {}
            Err(error) => return Err(error.into()),
        }
    }
    let mut head = vec![];
    let end = loop {
        stream.readable().await?;
        let mut buffer = [0; 1_024];
        match stream.try_read(&mut buffer) {
            Ok(0) => bail!("a stream ended before it began"),
            Ok(count) => head.extend_from_slice(&buffer[..count]),
            Err(error) if error.kind() == ErrorKind::WouldBlock => continue,
            Err(error) => return Err(error.into()),
        }
        if let Some(end) = head.windows(4).position(|four| four == b"\r\n\r\n") {
            break end + 4;
        }
        ensure!(head.len() < 16 << 10, "the head of an answer does not end");
    };
    ensure!(
        head.starts_with(b"HTTP/1.1 200"),
        "a stream is refused: {}",
        String::from_utf8_lossy(&head)
    );
    let mut lines = DataLines::default();
    lines.count(&head[end..]);
    Ok((stream, lines))
}

/// Reads all of them until it is to stop: how many messages each has heard. One that ends before is an error.
async fn listen(
    streams: Vec<Opened>,
    heard: &Arc<Heard>,
    stopped: oneshot::Receiver<()>,
) -> anyhow::Result<Vec<u64>> {
    let counts = Arc::new(Mutex::new(vec![0; streams.len()]));
    let mut reading = JoinSet::new();
    for (number, opened) in streams.into_iter().enumerate() {
        reading.spawn(follow(
            opened,
            number,
            Arc::clone(heard),
            Arc::clone(&counts),
        ));
    }
    tokio::select! {
        _ = stopped => {}
        Some(ended) = reading.join_next() => match ended? {
            Err(error) => return Err(error),
            Ok(never) => match never {},
        },
    }
    let counts = counts.lock().unwrap_or_else(PoisonError::into_inner);
    Ok(counts.clone())
}

/// One stream, until it fails.
async fn follow(
    (stream, mut lines): Opened,
    number: usize,
    heard: Arc<Heard>,
    counts: Arc<Mutex<Vec<u64>>>,
) -> anyhow::Result<Infallible> {
    loop {
        stream.readable().await?;
        let came = read(&stream, &mut lines)?;
        if came == 0 {
            continue;
        }
        heard.note(came);
        let mut counts = counts.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = counts.get_mut(number) {
            *count += u64::try_from(came)?;
        }
    }
}

/// Messages in what can be read now.
fn read(stream: &TcpStream, lines: &mut DataLines) -> anyhow::Result<usize> {
    let mut buffer = [0; 4_096];
    match stream.try_read(&mut buffer) {
        Ok(0) => bail!("the server has ended a stream"),
        Ok(count) => Ok(lines.count(&buffer[..count])),
        Err(error) if error.kind() == ErrorKind::WouldBlock => Ok(0),
        Err(error) => Err(error.into()),
    }
}

impl Heard {
    fn lock(&self) -> MutexGuard<'_, Receipts> {
        self.receipts.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The times, if as many came as were to come.
    fn all(&self) -> Option<Vec<Instant>> {
        let receipts = self.lock();
        (receipts.times.len() >= receipts.wanted).then(|| receipts.times.clone())
    }

    fn note(&self, messages: usize) {
        let now = Instant::now();
        let mut receipts = self.lock();
        receipts.times.extend(std::iter::repeat_n(now, messages));
        if receipts.times.len() >= receipts.wanted {
            self.enough.notify_one();
        }
    }
}

/// Counts messages of a stream by their lines of data: here each message has one. The lines of chunks (RFC 9112, section 7.1) and
/// comments in between are no such lines.
#[derive(Debug, Default)]
pub(super) struct DataLines {
    at: usize,
    is_data: bool,
    is_other: bool,
}

const NAME: &[u8] = b"data:";

impl DataLines {
    /// Lines of data that end in these bytes.
    pub(super) fn count(&mut self, bytes: &[u8]) -> usize {
        let mut count = 0;
        for byte in bytes {
            if *byte == b'\n' {
                count += usize::from(self.is_data);
                *self = Self::default();
            } else if !self.is_data && !self.is_other {
                self.is_other = NAME.get(self.at) != Some(byte);
                self.at += 1;
                self.is_data = !self.is_other && self.at == NAME.len();
            }
        }
        count
    }
}

#[cfg(test)]
mod tests {
    use tokio::{
        io::{AsyncReadExt, AsyncWriteExt},
        net::TcpListener,
    };

    use super::*;

    #[test]
    fn messages_are_counted_however_they_are_cut() {
        let text = b"e\r\n: connected\n\n\r\n22\r\nid: data:\ndata: {\"data:\":1}\n\n\r\n:\n\ndata:2\r\n\r\ndata: 3";
        for cut in 0..text.len() {
            let mut lines = DataLines::default();
            let (first, second) = text.split_at(cut);
            assert_eq!(lines.count(first) + lines.count(second), 2, "{cut}");
        }
    }

    #[tokio::test]
    async fn each_stream_tells_when_it_hears() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let (tell, told) = oneshot::channel();
        let serving = tokio::spawn(async move {
            let mut streams = vec![];
            for _ in 0..3 {
                let (mut stream, _) = listener.accept().await.unwrap();
                let mut asked = [0; 64];
                assert!(stream.read(&mut asked).await.unwrap() > 0);
                let head = b"HTTP/1.1 200 OK\r\n\r\n: hi\n\n";
                stream.write_all(head).await.unwrap();
                streams.push(stream);
            }
            told.await.unwrap();
            for stream in &mut streams {
                stream.write_all(b"data: 1\n\n").await.unwrap();
            }
            streams
        });
        let request = "GET / HTTP/1.1\r\n\r\n";
        let mut listeners = Listeners::open(&address, request, 3).await.unwrap();
        listeners.expect(3);
        tell.send(()).unwrap();
        let times = listeners.all(PATIENCE).await.unwrap();
        assert_eq!(times.len(), 3);
        assert_eq!(listeners.close().unwrap(), [1, 1, 1]);
        drop(serving.await.unwrap());
    }
}
