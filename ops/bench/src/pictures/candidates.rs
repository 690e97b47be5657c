//! Who makes the pictures: ours in this process, sharp in Node, oximg over HTTP.

use std::{
    path::Path,
    process::Stdio,
    time::{Duration, Instant},
};

use anyhow::{Context, ensure};
use domain::media::picture::{RENDITION_WIDTHS_PX, WIDEST_RENDITION_PX};
use imaging::{AVIF_QUALITY, AVIF_SPEED, JPEG_QUALITY, Limits, WEBP_QUALITY};
use serde::Deserialize;
use testkit::free_port;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    process::{Child, Command},
    time::{sleep, timeout},
};

use crate::cpu;

const WIDTH_PX: u32 = 800;

const SHARP: &str = "ops/bench/peers/node/sharp.mjs";
const OXIMG: &str = "target/peers/bin/oximg";
const PATIENCE: Duration = Duration::from_mins(5);

/// What is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Job {
    /// One WebP of 800 pixels.
    WebP,
    /// One AVIF of 800 pixels.
    Avif,
    /// Every width in every format.
    Step,
}

impl Job {
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::WebP => "webp",
            Self::Avif => "avif",
            Self::Step => "step",
        }
    }

    pub(crate) const fn title(self) -> &'static str {
        match self {
            Self::WebP => "JPEG of 12 million pixels to one WebP of 800 pixels",
            Self::Avif => "… to one AVIF of 800 pixels",
            Self::Step => {
                "… to the whole rendition step: 160, 400, 800 and 1600 pixels as AVIF, WebP and JPEG"
            }
        }
    }
}

/// What somebody made.
pub(crate) struct File {
    pub(crate) name: String,
    pub(crate) bytes: Vec<u8>,
}

/// Somebody who makes pictures.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Candidate {
    /// As the image processor does it.
    Ours,
    /// With a decoder that reads every pixel, to see what that would be worth.
    OursWhole,
    Sharp,
    Oximg,
}

impl Candidate {
    pub(crate) const ALL: [Self; 4] = [Self::Ours, Self::OursWhole, Self::Sharp, Self::Oximg];

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Ours => "ours",
            Self::OursWhole => "ours, every pixel decoded",
            Self::Sharp => "sharp",
            Self::Oximg => "oximg",
        }
    }

    /// Milliseconds of CPU for one time, and what was made; none where the candidate has no such job.
    pub(crate) async fn run(
        self,
        job: Job,
        photo: &Path,
        times: usize,
        into: &Path,
    ) -> anyhow::Result<Option<(f64, Vec<File>)>> {
        match self {
            Self::Ours | Self::OursWhole => {
                let whole = self == Self::OursWhole;
                let bytes = std::fs::read(photo)?;
                ours(job, &bytes, whole)?;
                let before = cpu::own();
                let mut files = vec![];
                for _ in 0..times {
                    files = ours(job, &bytes, whole)?;
                }
                Ok(Some((each_ms(cpu::own() - before, times), files)))
            }
            Self::Sharp => sharp(job, photo, times, into).await.map(Some),
            // It makes one picture at a time, and as it is installed no AVIF.
            Self::Oximg if job != Job::WebP || !Path::new(OXIMG).exists() => Ok(None),
            Self::Oximg => oximg(photo, times).await.map(Some),
        }
    }
}

fn each_ms(micros: u64, times: usize) -> f64 {
    micros as f64 / 1_000.0 / times as f64
}

fn ours(job: Job, photo: &[u8], whole: bool) -> anyhow::Result<Vec<File>> {
    let widest = match job {
        Job::WebP | Job::Avif => WIDTH_PX,
        Job::Step => WIDEST_RENDITION_PX,
    };
    let picture = if whole {
        imaging::decode_within(photo, &Limits::STORED)?
    } else {
        imaging::decode_for_width(photo, &Limits::STORED, widest)?
    };
    let one = |name: &str, bytes| File {
        name: name.to_owned(),
        bytes,
    };
    Ok(match job {
        Job::WebP => {
            let small = imaging::shrink(&picture, WIDTH_PX)?;
            vec![one("800.webp", imaging::encode_webp(&small, WEBP_QUALITY)?)]
        }
        Job::Avif => {
            let small = imaging::shrink(&picture, WIDTH_PX)?;
            let bytes = imaging::encode_avif(&small, AVIF_QUALITY, AVIF_SPEED)?;
            vec![one("800.avif", bytes)]
        }
        Job::Step => imaging::renditions(&picture, &RENDITION_WIDTHS_PX)?
            .into_iter()
            .map(|made| one(&made.name, made.bytes.to_vec()))
            .collect(),
    })
}

/// What the program says at its end.
#[derive(Debug, Deserialize)]
struct Said {
    cpu_us: u64,
    files: Vec<String>,
}

async fn sharp(
    job: Job,
    photo: &Path,
    times: usize,
    into: &Path,
) -> anyhow::Result<(f64, Vec<File>)> {
    let running = Command::new("node")
        .arg(SHARP)
        .args([job.name(), &times.to_string()])
        .args([photo, into])
        // The qualities of the rendition step, the same for all who can be told.
        .args([WEBP_QUALITY, AVIF_QUALITY, AVIF_SPEED, JPEG_QUALITY].map(|value| value.to_string()))
        .kill_on_drop(true)
        .stderr(Stdio::inherit())
        .output();
    let output = timeout(PATIENCE, running)
        .await
        .context("sharp took too long")?
        .context("cannot start node: ops/bench/install-peers")?;
    ensure!(
        output.status.success(),
        "sharp failed: ops/bench/install-peers"
    );
    let said: Said = serde_json::from_slice(&output.stdout).context("sharp said something else")?;
    let files = said.files.into_iter().map(|name| {
        let bytes = std::fs::read(into.join(&name))?;
        Ok(File { name, bytes })
    });
    Ok((
        each_ms(said.cpu_us, times),
        files.collect::<std::io::Result<_>>()?,
    ))
}

/// A server of its own with one worker, told the same quality and effort.
async fn oximg(photo: &Path, times: usize) -> anyhow::Result<(f64, Vec<File>)> {
    let port = free_port()?;
    let folder = photo.parent().context("the photo is in a folder")?;
    let name = photo.file_name().context("the photo has a name")?;
    let name = name.to_string_lossy();
    let server = Oximg::start(port, folder).await?;
    // Another width each time: what was asked before may be kept. The last one is the one that is looked at.
    let address = |width: u32| format!("/resize/{width}/0/{name}@webp");
    get(port, &address(WIDTH_PX + 1)).await?;
    let before = server.cpu();
    let mut last = vec![];
    for left in (0..u32::try_from(times)?).rev() {
        last = get(port, &address(WIDTH_PX - left)).await?;
    }
    let cpu_ms = each_ms(server.cpu() - before, times);
    let file = File {
        name: "800.webp".to_owned(),
        bytes: last,
    };
    Ok((cpu_ms, vec![file]))
}

/// The body of a 200.
async fn get(port: u16, path: &str) -> anyhow::Result<Vec<u8>> {
    let asking = async {
        let mut stream = TcpStream::connect(("127.0.0.1", port)).await?;
        let request = format!("GET {path} HTTP/1.0\r\nHost: localhost\r\n\r\n");
        stream.write_all(request.as_bytes()).await?;
        let mut answer = vec![];
        stream.read_to_end(&mut answer).await?;
        anyhow::Ok(answer)
    };
    let answer = timeout(PATIENCE, asking).await.context("no answer")??;
    let end = answer.windows(4).position(|four| four == b"\r\n\r\n");
    let (head, body) = answer.split_at(end.context("the answer has no head")? + 4);
    ensure!(
        head.starts_with(b"HTTP/1.0 200") || head.starts_with(b"HTTP/1.1 200"),
        "{path}: {}",
        String::from_utf8_lossy(head)
    );
    Ok(body.to_vec())
}

struct Oximg(Child);

impl Oximg {
    async fn start(port: u16, folder: &Path) -> anyhow::Result<Self> {
        let process = Command::new(OXIMG)
            .env("OXIMG_BIND", "127.0.0.1")
            .env("PORT", port.to_string())
            .env("IMAGES_DIR", folder)
            .env("OXIMG_WORKERS", "1")
            .env("OXIMG_WEBP_QUALITY", WEBP_QUALITY.to_string())
            .env("OXIMG_WEBP_EFFORT", "4")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()?;
        let deadline = Instant::now() + Duration::from_secs(10);
        while TcpStream::connect(("127.0.0.1", port)).await.is_err() {
            ensure!(Instant::now() < deadline, "oximg does not listen");
            sleep(Duration::from_millis(20)).await;
        }
        Ok(Self(process))
    }

    fn cpu(&self) -> u64 {
        self.0.id().map_or(0, cpu::of_process)
    }
}
