//! Looks on a real log, with an engine and pictures that are made up.

use std::sync::{
    Mutex,
    atomic::{AtomicBool, AtomicUsize, Ordering},
};

use bytes::Bytes;
use domain::{
    catalog::garment::{AddGarment, AttachPicture, GarmentCommand, GarmentDetails},
    media::picture::{Purpose, RecordUpload, StoredPicture},
    shared::{Currency, Money},
    tryon::suitability::SuitabilityEvent,
};
use jetstream_es::EventLogConfig;
use proto::media::v1::{
    ReadRequest, ReadResponse, WriteHeader, WriteRequest, WriteResponse,
    media_server::{Media as MediaService, MediaServer},
    read_response, write_request,
};
use testkit::NatsServer;
use tokio_stream::wrappers::TcpListenerStream;
use tonic::{Request, Response, Status, Streaming};

use super::*;
use crate::service::{Description, Finding, Finished, ModelPack as Networks};

const GARMENT: &str = "01900000-0000-7000-8000-000000000001";

fn picture(number: u128) -> PictureId {
    PictureId::new(Uuid::from_u128(number))
}

fn networks(digit: &str) -> Networks {
    Networks {
        name: "drape".to_owned(),
        version: "2026.2".to_owned(),
        licence: "MIT".to_owned(),
        sha256: digit.repeat(64),
    }
}

fn looker(engine: &str, digit: &str) -> Looker {
    Looker {
        engine: engine.to_owned(),
        pack: networks(digit),
    }
}

#[test]
fn whoever_may_find_something_else_begins_anew() {
    let name = |engine, digit| options(&looker(engine, digit), Duration::from_secs(30)).name;
    assert_eq!(name("warp 1", "a"), name("warp 1", "a"));
    assert_ne!(name("warp 1", "a"), name("warp 1", "b"));
    assert_ne!(name("warp 1", "a"), name("warp 2", "a"));
    assert!(name("warp 1", "a").starts_with("garment-looks-"));
}

/// Finds nothing wrong, and does something while it looks.
struct Engine {
    looks: AtomicUsize,
    meanwhile: Mutex<Option<Box<dyn FnOnce() + Send>>>,
}

impl TryOn for Engine {
    fn try_on(
        &self,
        _: &[u8],
        _: &[u8],
        _: Category,
        _: super::super::port::Wish,
        _: super::super::port::Progress<'_>,
    ) -> Result<Finished, Failure> {
        Err(Failure::Stopped)
    }

    fn check(&self, _: &[u8], _: &[u8], _: Category) -> Result<Vec<Finding>, Failure> {
        Ok(vec![])
    }

    fn look(&self, _: &[u8], _: Category) -> Result<Looked, Failure> {
        self.looks.fetch_add(1, Ordering::SeqCst);
        if let Some(act) = self.meanwhile.lock().unwrap().take() {
            act();
        }
        Ok(Looked {
            looker: self.describe().looker().unwrap(),
            refusal: None,
            cutout: Some(CutOut {
                png: Bytes::from_static(CUT_OUT),
                width_px: 6,
                height_px: 8,
                bounds: Cutout::sample().bounds,
            }),
        })
    }

    fn describe(&self) -> Description {
        Description {
            engine: "warp".to_owned(),
            version: "1".to_owned(),
            packs: vec![networks("a")],
            onnxruntime: None,
            max_side_px: 1_600,
        }
    }

    fn forget_idle(&self) {}
}

/// What every garment looks like without its ground.
const CUT_OUT: &[u8] = b"cut out";

/// What that is stored as, cut out of this picture.
fn cutout_of(picture: PictureId) -> PictureId {
    let hash = BlobHash::parse(&hex::encode(Sha256::digest(CUT_OUT))).unwrap();
    Cutout::picture_of(picture, &hash)
}

/// Has a picture of every garment, and keeps what is cut out of them, or not.
#[derive(Clone, Default)]
struct Pictures {
    kept: Arc<Mutex<Vec<WriteHeader>>>,
    refuses: Arc<AtomicBool>,
}

#[tonic::async_trait]
impl MediaService for Pictures {
    type ReadStream = tokio_stream::Iter<std::vec::IntoIter<Result<ReadResponse, Status>>>;

    async fn read(
        &self,
        request: Request<ReadRequest>,
    ) -> Result<Response<Self::ReadStream>, Status> {
        assert_eq!(request.get_ref().garment_id, GARMENT);
        let chunk = read_response::Part::Chunk(bytes::Bytes::from_static(b"picture"));
        let parts = vec![Ok(ReadResponse { part: Some(chunk) })];
        Ok(Response::new(tokio_stream::iter(parts)))
    }

    async fn write(
        &self,
        request: Request<Streaming<WriteRequest>>,
    ) -> Result<Response<WriteResponse>, Status> {
        if self.refuses.load(Ordering::SeqCst) {
            return Err(Status::invalid_argument("say whose it is"));
        }
        let (mut messages, mut file) = (request.into_inner(), vec![]);
        while let Some(message) = messages.message().await? {
            match message.part.unwrap() {
                write_request::Part::Header(header) => self.kept.lock().unwrap().push(header),
                write_request::Part::Chunk(chunk) => file.extend_from_slice(&chunk),
            }
        }
        assert_eq!(file, CUT_OUT);
        Ok(Response::new(WriteResponse::default()))
    }
}

async fn media(pictures: &Pictures) -> Media {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let serving = tonic::transport::Server::builder()
        .add_service(MediaServer::new(pictures.clone()))
        .serve_with_incoming(TcpListenerStream::new(listener));
    tokio::spawn(serving);
    Media::new(&url, &proto::InternalToken::default()).unwrap()
}

async fn command(log: &EventLog, key: &str, command: impl Into<GarmentCommand>) {
    let garments = Executor::<Garment>::new(log.clone(), ());
    let context = CommandContext::new(key);
    garments
        .execute(GARMENT, command.into(), context)
        .await
        .unwrap();
}

/// A draft with the first of two uploaded pictures.
async fn draft(log: &EventLog) {
    let pictures = Executor::<Picture>::new(log.clone(), ());
    for number in [7, 8] {
        let upload = RecordUpload {
            purpose: Purpose::Catalogue,
            owner: None,
            original: StoredPicture::sample(),
            consent: None,
        };
        let (id, context) = (picture(number).to_string(), CommandContext::new("upload"));
        pictures.execute(&id, upload.into(), context).await.unwrap();
    }
    let add = AddGarment {
        details: GarmentDetails::sample(),
        price: Money {
            minor: 100,
            currency: Currency::EUR,
        },
    };
    command(log, "add", add).await;
    let picture = picture(7);
    command(log, "attach", AttachPicture { picture }).await;
}

async fn commits(log: &EventLog, of: &str) -> Vec<Commit> {
    let filter = SubjectFilter::aggregate_type(of);
    log.read(0, &filter, 100).await.unwrap().commits
}

async fn log_with_draft() -> (NatsServer, EventLog) {
    let nats = NatsServer::start().await.unwrap();
    let mut config = EventLogConfig::new("TEST_EVENTS", "test.events");
    config.max_bytes = 64 << 20;
    config.monitor_url = Some(nats.monitor_url());
    let log = EventLog::open(nats.client().await.unwrap(), config);
    let log = log.await.unwrap();
    draft(&log).await;
    (nats, log)
}

/// The pictures that were looked at, each with what was cut out of it.
async fn found(log: &EventLog) -> Vec<(PictureId, Option<PictureId>)> {
    let commits = commits(log, Suitability::TYPE).await;
    let events = commits
        .iter()
        .flat_map(|commit| commit.decode::<Suitability>().unwrap());
    let pictures = events.map(|event| match event {
        SuitabilityEvent::GarmentLookedAt {
            picture, cutout, ..
        } => (picture, cutout.map(|cutout| cutout.picture)),
    });
    pictures.collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_last_look_is_about_the_garment_as_it_is_and_none_is_put_down_twice() {
    let (_nats, log) = log_with_draft().await;
    let (runtime, changing) = (tokio::runtime::Handle::current(), log.clone());
    let change = move || {
        let picture = picture(8);
        runtime.block_on(command(&changing, "again", AttachPicture { picture }));
    };
    let engine = Arc::new(Engine {
        looks: AtomicUsize::new(0),
        meanwhile: Mutex::new(Some(Box::new(change))),
    });
    let pictures = Pictures::default();
    let (shared, media): (Arc<dyn TryOn>, _) = (engine.clone(), media(&pictures).await);
    let looks = |worker| Looks::new(&log, &media, &shared, &Quiet::default(), worker);
    let (one, two) = (looks("one"), looks("two"));
    let looker = shared.describe().looker().unwrap();
    let jobs = commits(&log, Garment::TYPE).await;
    // Another picture comes while the first one is looked at.
    for job in &jobs {
        assert_eq!(one.work(job, &looker).await.unwrap(), JobVerdict::Done);
    }
    let both = [picture(7), picture(8)].map(|picture| (picture, Some(cutout_of(picture))));
    assert_eq!(found(&log).await, both);
    // All jobs once more, by both at once: nothing is looked at again.
    for job in commits(&log, Garment::TYPE).await {
        let (first, second) = tokio::join!(one.work(&job, &looker), two.work(&job, &looker));
        assert_eq!(
            (first.unwrap(), second.unwrap()),
            (JobVerdict::Done, JobVerdict::Done)
        );
    }
    assert_eq!(found(&log).await, both);
    assert_eq!(engine.looks.load(Ordering::SeqCst), 2);
    // Back to the first picture; two workers may both look, and one look is put down.
    let picture = picture(7);
    command(&log, "back", AttachPicture { picture }).await;
    let jobs = commits(&log, Garment::TYPE).await;
    let job = jobs.last().unwrap();
    let (first, second) = tokio::join!(one.work(job, &looker), two.work(job, &looker));
    assert_eq!(
        (first.unwrap(), second.unwrap()),
        (JobVerdict::Done, JobVerdict::Done)
    );
    assert_eq!(found(&log).await.len(), 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_look_that_could_not_keep_what_was_cut_out_counts_and_is_made_up_for() {
    let (_nats, log) = log_with_draft().await;
    let engine = Arc::new(Engine {
        looks: AtomicUsize::new(0),
        meanwhile: Mutex::new(None),
    });
    let pictures = Pictures::default();
    pictures.refuses.store(true, Ordering::SeqCst);
    let (shared, media): (Arc<dyn TryOn>, _) = (engine.clone(), media(&pictures).await);
    let looks = Looks::new(&log, &media, &shared, &Quiet::default(), "one");
    let looker = shared.describe().looker().unwrap();
    let jobs = commits(&log, Garment::TYPE).await;
    let job = jobs.last().unwrap();
    // The catalogue knows what it needs to know, once.
    for _ in 0..2 {
        assert_eq!(looks.work(job, &looker).await.unwrap(), JobVerdict::Done);
        assert_eq!(found(&log).await, [(picture(7), None)]);
    }
    assert_eq!(engine.looks.load(Ordering::SeqCst), 2);
    pictures.refuses.store(false, Ordering::SeqCst);
    for _ in 0..2 {
        assert_eq!(looks.work(job, &looker).await.unwrap(), JobVerdict::Done);
        let made_up = (picture(7), Some(cutout_of(picture(7))));
        assert_eq!(found(&log).await, [(picture(7), None), made_up]);
    }
    assert_eq!(engine.looks.load(Ordering::SeqCst), 3);
    let kept = pictures.kept.lock().unwrap().clone();
    let [header] = kept.as_slice() else {
        panic!("one file is expected: {kept:?}");
    };
    assert_eq!(
        (&header.garment_id, &header.cut_from, &header.owner),
        (&GARMENT.to_owned(), &picture(7).to_string(), &String::new())
    );
}
