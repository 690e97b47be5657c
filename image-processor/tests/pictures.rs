//! Uploads in a real log become renditions; the Media service reads and writes them.
#![expect(clippy::unwrap_used, reason = "test")]

use std::time::Duration;

use blob_store::{BlobStore, S3Options};
use bytes::Bytes;
use domain::{
    catalog::garment::{
        AddGarment, AttachPicture, Garment, GarmentCommand, GarmentDetails, PublishGarment,
        RetireGarment,
    },
    media::picture::{
        Picture, PictureFormat, Progress, Purpose, RecordUpload, StoredPicture, rendition_names,
    },
    shared::{AccountId, BlobHash, Category, Currency, Money},
    tryon::{session, suitability::Cutout},
};
use image_processor::{MediaService, Options, Signing, media_service, run};
use jetstream_es::{CommandContext, EventLog, EventLogConfig, Executor, LogError};
use proto::media::v1::{
    ReadRequest, WriteHeader, WriteRequest, WriteResponse, media_client::MediaClient,
    media_server::Media, read_response, write_request,
};
use provenance::credentials::{MediaType, Reading};
use testkit::{NatsServer, eventually};
use time::OffsetDateTime;
use tokio::task::JoinHandle;
use tokio_stream::{StreamExt, wrappers::TcpListenerStream};
use tokio_util::sync::CancellationToken;
use tonic::{
    Code, Request,
    transport::{Channel, Server},
};

struct Fixture {
    _nats: NatsServer,
    _directory: tempfile::TempDir,
    log: EventLog,
    blobs: BlobStore,
    pictures: Executor<Picture>,
}

impl Fixture {
    fn signing(&self) -> Signing {
        Signing::of_installation(self.blobs.clone())
    }
}

async fn fixture() -> Fixture {
    let nats = NatsServer::start().await.unwrap();
    let mut config = EventLogConfig::new("DRAPE_EVENTS", "drape.events");
    config.monitor_url = Some(nats.monitor_url());
    let log = EventLog::open(nats.client().await.unwrap(), config)
        .await
        .unwrap();
    let directory = tempfile::tempdir().unwrap();
    let url = format!("file://{}", directory.path().display());
    let blobs = BlobStore::open(&url, &S3Options::default()).unwrap();
    let pictures = Executor::new(log.clone(), ());
    Fixture {
        _nats: nats,
        _directory: directory,
        log,
        blobs,
        pictures,
    }
}

/// The role at work, and what stops it.
fn processing(fixture: &Fixture) -> (CancellationToken, JoinHandle<Result<(), LogError>>) {
    let stop = CancellationToken::new();
    let role = run(
        fixture.log.clone(),
        fixture.blobs.clone(),
        fixture.signing(),
        Options::default(),
        stop.clone(),
    );
    (stop, tokio::spawn(role))
}

fn jpeg(width_px: u32, height_px: u32) -> Bytes {
    let pixels = vec![200; (width_px * height_px * 3) as usize];
    let picture = imaging::Picture::from_rgb(width_px, height_px, pixels).unwrap();
    imaging::encode_jpeg(&picture, 90).unwrap().into()
}

async fn upload(fixture: &Fixture, id: &str, bytes: Bytes) {
    upload_as(fixture, id, Purpose::Catalogue, bytes).await;
}

async fn upload_as(fixture: &Fixture, id: &str, purpose: Purpose, bytes: Bytes) {
    let size_bytes = bytes.len() as u64;
    let blob = BlobHash::parse(&fixture.blobs.put(bytes).await.unwrap().to_string()).unwrap();
    let original = StoredPicture {
        blob,
        format: PictureFormat::Jpeg,
        width_px: 1_000,
        height_px: 1_500,
        size_bytes,
    };
    let is_somebodys = purpose != Purpose::Catalogue;
    let command = RecordUpload {
        purpose,
        owner: is_somebodys.then(|| AccountId::new(uuid::Uuid::from_u128(4))),
        original,
        consent: None,
    };
    fixture
        .pictures
        .execute(id, command.into(), CommandContext::new("upload"))
        .await
        .unwrap();
}

async fn settled(fixture: &Fixture, id: &str) -> Picture {
    eventually("the picture to be settled", || async {
        let picture = fixture.pictures.load(id).await.ok()?.aggregate;
        matches!(picture.progress(), Progress::Ready | Progress::Refused).then_some(picture)
    })
    .await
}

/// Somebody wants to try the picture on; answers the try-on.
async fn wanted(fixture: &Fixture, picture: &str) -> String {
    let id = "00000000-0000-7000-8000-000000000009";
    let request = session::Request {
        person: "00000000-0000-7000-8000-000000000002".parse().unwrap(),
        garment: "00000000-0000-7000-8000-000000000003".parse().unwrap(),
        garment_picture: picture.parse().unwrap(),
        category: Category::Tops,
        requested_by: "00000000-0000-7000-8000-000000000004".parse().unwrap(),
        mode: session::Mode::Balanced,
        seed: 0,
        cancel_after_s: None,
        over: None,
    };
    let try_ons: Executor<session::Session> = Executor::new(fixture.log.clone(), ());
    let command = session::RequestTryOn { request };
    let context = CommandContext::new("request");
    try_ons.execute(id, command.into(), context).await.unwrap();
    id.to_owned()
}

const ID: &str = "00000000-0000-7000-8000-000000000001";
const SHIRT: &str = "00000000-0000-7000-8000-00000000000a";

async fn execute(fixture: &Fixture, garment: &str, key: &str, command: GarmentCommand) {
    let garments: Executor<Garment> = Executor::new(fixture.log.clone(), ());
    let context = CommandContext::new(key);
    garments.execute(garment, command, context).await.unwrap();
}

/// A draft that this picture shows.
async fn draft(fixture: &Fixture, garment: &str, picture: &str) {
    let add = AddGarment {
        details: GarmentDetails::sample(),
        price: Money {
            minor: 100,
            currency: Currency::EUR,
        },
    };
    execute(fixture, garment, "add", add.into()).await;
    let picture = picture.parse().unwrap();
    let attach = AttachPicture { picture }.into();
    execute(fixture, garment, "attach", attach).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_upload_becomes_renditions_in_every_format_that_the_media_service_reads() {
    let fixture = fixture().await;
    upload(&fixture, ID, jpeg(1_000, 1_500)).await;
    let (stop, role) = processing(&fixture);

    let picture = settled(&fixture, ID).await;

    let sides = |name: &str| {
        let stored = picture.stored(name);
        let stored = stored.unwrap_or_else(|| panic!("{name} is missing"));
        (stored.width_px, stored.height_px)
    };
    for name in rendition_names() {
        let stored = picture.stored(&name).unwrap();
        let address = stored.blob.as_str().parse().unwrap();
        let bytes = fixture.blobs.get(address).await.unwrap();
        assert_eq!(bytes.len() as u64, stored.size_bytes, "{name}");
        if stored.format == PictureFormat::Avif {
            assert_eq!(bytes[4..12], *b"ftypavif", "{name}");
            continue;
        }
        let header = imaging::inspect(&bytes).unwrap();
        let found = (header.width_px, header.height_px);
        assert_eq!(found, sides(&name), "{name}");
    }
    assert_eq!(sides("160.avif"), (160, 240));
    assert_eq!(sides("1600.avif"), (1_000, 1_500));
    let medium = picture.stored("400.webp").unwrap();
    assert_eq!((medium.width_px, medium.height_px), (400, 600));
    let media = MediaService::new(&fixture.log, fixture.blobs.clone(), fixture.signing());
    let request = ReadRequest {
        picture_id: ID.to_owned(),
        rendition: "400.webp".to_owned(),
        try_on_id: wanted(&fixture, ID).await,
        ..ReadRequest::default()
    };
    let mut parts = media
        .read(Request::new(request))
        .await
        .unwrap()
        .into_inner();
    let mut length = 0;
    while let Some(part) = parts.next().await {
        if let Some(read_response::Part::Chunk(chunk)) = part.unwrap().part {
            length += chunk.len() as u64;
        }
    }
    assert_eq!(length, medium.size_bytes);
    stop.cancel();
    role.await.unwrap().unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_picture_that_cannot_be_decoded_is_refused_and_blocks_nothing() {
    let fixture = fixture().await;
    upload(&fixture, "bad", Bytes::from_static(b"no picture at all")).await;
    upload(&fixture, ID, jpeg(300, 300)).await;
    let (stop, role) = processing(&fixture);

    assert_eq!(settled(&fixture, "bad").await.progress(), Progress::Refused);
    assert_eq!(settled(&fixture, ID).await.progress(), Progress::Ready);

    stop.cancel();
    tokio::time::timeout(Duration::from_secs(5), role)
        .await
        .unwrap()
        .unwrap()
        .unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unknown_picture_is_not_found_and_a_bad_id_is_said_so() {
    let fixture = fixture().await;
    let media = MediaService::new(&fixture.log, fixture.blobs.clone(), fixture.signing());
    let try_on = wanted(&fixture, ID).await;
    for (id, code) in [(ID, Code::NotFound), ("../etc", Code::InvalidArgument)] {
        let request = ReadRequest {
            picture_id: id.to_owned(),
            rendition: String::new(),
            try_on_id: try_on.clone(),
            ..ReadRequest::default()
        };
        assert_eq!(
            media
                .read(Request::new(request))
                .await
                .err()
                .unwrap()
                .code(),
            code
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_picture_that_shows_a_garment_is_handed_out_for_it_and_no_other_is() {
    const OTHER: &str = "00000000-0000-7000-8000-000000000002";
    const SOMEBODYS: &str = "00000000-0000-7000-8000-000000000003";
    let fixture = fixture().await;
    for (id, purpose) in [
        (ID, Purpose::Catalogue),
        (OTHER, Purpose::Catalogue),
        (SOMEBODYS, Purpose::Result),
    ] {
        upload_as(&fixture, id, purpose, jpeg(300, 300)).await;
    }
    let (shirt, of_somebody) = (SHIRT, "00000000-0000-7000-8000-00000000000b");
    for (garment, picture) in [(shirt, ID), (of_somebody, SOMEBODYS)] {
        draft(&fixture, garment, picture).await;
    }
    let media = MediaService::new(&fixture.log, fixture.blobs.clone(), fixture.signing());
    let read = async |picture: &str, garment: &str, try_on: &str| {
        let request = ReadRequest {
            picture_id: picture.to_owned(),
            garment_id: garment.to_owned(),
            try_on_id: try_on.to_owned(),
            ..ReadRequest::default()
        };
        let answer = media.read(Request::new(request)).await;
        answer.map(drop).map_err(|refused| refused.code())
    };
    assert_eq!(read(ID, shirt, "").await, Ok(()), "of a draft");
    for (picture, garment, try_on, code) in [
        (OTHER, shirt, "", Code::PermissionDenied),
        (SOMEBODYS, of_somebody, "", Code::PermissionDenied),
        (ID, OTHER, "", Code::PermissionDenied),
        (ID, "shirt", "", Code::InvalidArgument),
        (ID, "", "", Code::InvalidArgument),
        (ID, shirt, OTHER, Code::InvalidArgument),
    ] {
        let found = read(picture, garment, try_on).await;
        assert_eq!(found, Err(code), "{picture} of {garment} for {try_on}");
    }
    execute(&fixture, shirt, "publish", PublishGarment {}.into()).await;
    assert_eq!(read(ID, shirt, "").await, Ok(()));
    execute(&fixture, shirt, "retire", RetireGarment {}.into()).await;
    assert_eq!(read(ID, shirt, "").await, Err(Code::PermissionDenied));
}

/// The service behind a real connection.
async fn connected(fixture: &Fixture) -> MediaClient<Channel> {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let service = media_service(&fixture.log, fixture.blobs.clone(), fixture.signing());
    let serving = Server::builder()
        .add_service(service)
        .serve_with_incoming(TcpListenerStream::new(listener));
    tokio::spawn(serving);
    MediaClient::connect(url).await.unwrap()
}

const RESULT: &str = "00000000-0000-7000-8000-000000000007";

async fn write(media: &mut MediaClient<Channel>, try_on: &str, file: &[u8]) -> WriteResponse {
    let header = WriteHeader {
        picture_id: RESULT.to_owned(),
        owner: "00000000-0000-7000-8000-000000000004".to_owned(),
        try_on_id: try_on.to_owned(),
        ..WriteHeader::default()
    };
    send(media, header, file).await.unwrap()
}

async fn send(
    media: &mut MediaClient<Channel>,
    header: WriteHeader,
    file: &[u8],
) -> Result<WriteResponse, Code> {
    let parts = [
        write_request::Part::Header(header),
        write_request::Part::Chunk(file.to_vec().into()),
    ];
    let parts = parts.map(|part| WriteRequest { part: Some(part) });
    let answer = media.write(tokio_stream::iter(parts)).await;
    answer
        .map(tonic::Response::into_inner)
        .map_err(|refused| refused.code())
}

/// A red square in the middle of this ground.
fn square(width_px: u32, height_px: u32, ground: [u8; 4]) -> Vec<u8> {
    let pixels = (0..width_px * height_px).flat_map(|at| {
        let (x, y) = (at % width_px, at / width_px);
        let inside = |at: u32, of: u32| (of / 4..of * 3 / 4).contains(&at);
        if inside(x, width_px) && inside(y, height_px) {
            [200, 30, 40, 255]
        } else {
            ground
        }
    });
    let picture = imaging::Picture::from_rgba(width_px, height_px, pixels.collect());
    imaging::encode_png(&picture.unwrap()).unwrap()
}

/// The file cut out of this picture of the garment.
fn cutout_header(garment: &str, cut_from: &str, file: &[u8]) -> WriteHeader {
    let hash = blob_store::BlobHash::of(file).to_string();
    let hash = BlobHash::parse(&hash).unwrap();
    let id = Cutout::picture_of(cut_from.parse().unwrap(), &hash);
    WriteHeader {
        picture_id: id.to_string(),
        garment_id: garment.to_owned(),
        cut_from: cut_from.to_owned(),
        ..WriteHeader::default()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_cut_out_of_a_garments_picture_is_kept_with_its_ground_transparent() {
    let fixture = fixture().await;
    upload(&fixture, ID, jpeg(1_000, 1_500)).await;
    draft(&fixture, SHIRT, ID).await;
    let mut media = connected(&fixture).await;
    let file = square(534, 800, [0; 4]);
    let header = cutout_header(SHIRT, ID, &file);
    let first = send(&mut media, header.clone(), &file).await.unwrap();
    assert_eq!(first.size_bytes, file.len() as u64);
    let again = send(&mut media, header.clone(), &file).await.unwrap();
    assert_eq!(again.position, first.position);

    let (stop, role) = processing(&fixture);
    let cutout = settled(&fixture, &header.picture_id).await;
    let upload = cutout.upload().unwrap();
    assert_eq!((upload.purpose, upload.owner), (Purpose::Cutout, None));
    for name in rendition_names().chain(["original".to_owned()]) {
        let Some(stored) = cutout.stored(&name) else {
            assert!(name.contains(".jpg"), "{name} is missing");
            continue;
        };
        let address = stored.blob.as_str().parse().unwrap();
        let bytes = fixture.blobs.get(address).await.unwrap();
        if stored.format == PictureFormat::Avif {
            continue;
        }
        assert!(!name.contains(".jpg"), "{name}");
        let seen = imaging::decode(&bytes).unwrap();
        assert!(seen.has_alpha(), "{name}");
        assert_eq!(seen.pixels()[3], 0, "{name}");
        assert!(!imaging::xmp::is_ai_generated(&bytes), "{name}");
    }
    stop.cancel();
    role.await.unwrap().unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_but_a_garment_that_was_cut_out_is_kept_as_one() {
    const OTHER: &str = "00000000-0000-7000-8000-000000000002";
    let fixture = fixture().await;
    let marked = imaging::xmp::mark_ai_generated(&jpeg(1_000, 1_500)).unwrap();
    upload(&fixture, ID, marked.into()).await;
    upload(&fixture, OTHER, jpeg(1_000, 1_500)).await;
    draft(&fixture, SHIRT, ID).await;
    let mut media = connected(&fixture).await;
    let good = square(200, 300, [0; 4]);
    let of = |file: &[u8]| cutout_header(SHIRT, ID, file);
    let as_webp = {
        let picture = imaging::decode(&good).unwrap();
        imaging::encode_webp(&picture, 90).unwrap()
    };
    let opaque = square(200, 300, [255; 4]);
    let (wide, large) = (square(300, 300, [0; 4]), square(1_200, 1_800, [0; 4]));
    let for_both = WriteHeader {
        try_on_id: wanted(&fixture, ID).await,
        ..of(&good)
    };
    let under_another_id = WriteHeader {
        picture_id: RESULT.to_owned(),
        ..of(&good)
    };
    for (header, file, code) in [
        (of(&as_webp), &as_webp, Code::InvalidArgument),
        (of(&opaque), &opaque, Code::InvalidArgument),
        (of(&wide), &wide, Code::InvalidArgument),
        (of(&large), &large, Code::InvalidArgument),
        (of(&good), &wide, Code::InvalidArgument),
        (for_both, &good, Code::InvalidArgument),
        (under_another_id, &good, Code::InvalidArgument),
        (
            cutout_header(SHIRT, OTHER, &good),
            &good,
            Code::PermissionDenied,
        ),
        (
            cutout_header(OTHER, ID, &good),
            &good,
            Code::PermissionDenied,
        ),
    ] {
        let refused = send(&mut media, header.clone(), file).await;
        assert_eq!(refused.unwrap_err(), code, "{header:?}");
    }
    // Of a picture that says that it was generated, the cut-out says so too.
    send(&mut media, of(&good), &good).await.unwrap();
    let kept = fixture.pictures.load(&of(&good).picture_id).await.unwrap();
    let kept = kept.aggregate.upload().unwrap().original.clone();
    let bytes = fixture.blobs.get(kept.blob.as_str().parse().unwrap()).await;
    assert!(imaging::xmp::is_ai_generated(&bytes.unwrap()));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_result_and_its_renditions_are_signed_and_writing_it_twice_is_writing_it_once() {
    let fixture = fixture().await;
    let mut media = connected(&fixture).await;
    let try_on = wanted(&fixture, ID).await;
    let pixels = (0..600 * 800 * 3_u32).map(|at| (at / 900 % 251) as u8);
    let picture = imaging::Picture::from_rgb(600, 800, pixels.collect()).unwrap();
    let file = imaging::encode_png(&picture).unwrap();
    let first = write(&mut media, &try_on, &file).await;
    // Another process, which finds the same certificate.
    let mut other = connected(&fixture).await;
    assert_eq!(
        write(&mut other, &try_on, &file).await.size_bytes,
        first.size_bytes
    );

    let (stop, role) = processing(&fixture);
    let result = settled(&fixture, RESULT).await;
    let signer = fixture.signing().signer().await.unwrap();
    let mut files = 0;
    for name in rendition_names().chain(["original".to_owned()]) {
        let Some(stored) = result.stored(&name) else {
            continue;
        };
        let bytes = fixture
            .blobs
            .get(stored.blob.as_str().parse().unwrap())
            .await
            .unwrap();
        let media_type = match stored.format {
            PictureFormat::Jpeg => MediaType::Jpeg,
            PictureFormat::Png => MediaType::Png,
            PictureFormat::Webp => MediaType::WebP,
            PictureFormat::Avif => panic!("{name} cannot be marked"),
        };
        let Reading {
            is_trusted,
            says_ai_generated,
            ..
        } = signer.read(&bytes, media_type, OffsetDateTime::now_utc());
        assert!(is_trusted && says_ai_generated, "{name}");
        assert!(imaging::xmp::is_ai_generated(&bytes), "{name}");
        files += 1;
        if name == "original" {
            let kept = imaging::decode(&bytes).unwrap();
            assert!(kept.pixels() == picture.pixels());
            assert_eq!(bytes.len() as u64, first.size_bytes);
        }
    }
    assert!(files > 4, "{files}");
    stop.cancel();
    role.await.unwrap().unwrap();
}
