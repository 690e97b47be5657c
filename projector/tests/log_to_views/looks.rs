//! Looks at garments meet the garments' own rows, live and when a view is built anew.

use domain::{
    catalog::garment::AttachPicture,
    shared::{BlobHash, Category, PictureId},
    tryon::suitability::{Cutout, Look, ModelPack, RecordLook, Suitability, Verdict},
};
use jetstream_es::{CommandContext, Executor};
use projector::request_rebuild;
use uuid::Uuid;

use crate::{
    garments::{command, garments},
    rebuilding::{ann, until},
    support::{System, quick},
};

async fn look(system: &System, garment: u128, picture: u128) -> u64 {
    let hash = |digits: &str| BlobHash::parse(&digits.repeat(32)).unwrap();
    let look = Look {
        picture: PictureId::new(Uuid::from_u128(picture)),
        blob: hash("0a"),
        category: Category::Tops,
        engine: "drape-geometric 0.1.0".to_owned(),
        pack: ModelPack {
            name: "drape".to_owned(),
            version: "2026.2".to_owned(),
            sha256: hash("0b"),
        },
        verdict: Verdict::Ready,
        cutout: Some(Cutout::sample()),
    };
    let executor = Executor::<Suitability>::new(system.log.clone(), ());
    let id = Uuid::from_u128(garment).to_string();
    let context = CommandContext::new(format!("look-{garment}-{picture}"));
    let command = RecordLook { look }.into();
    let outcome = executor.execute(&id, command, context).await;
    outcome.unwrap().position.unwrap().sequence
}

/// Garment, state, and the garment's status, in list and page, and how wide it is without its ground.
async fn states(system: &System) -> Vec<(String, String, String, Option<String>)> {
    let mut all = Vec::new();
    for view in ["garment_card", "garment_page"] {
        let question = format!(
            "SELECT id::TEXT, document::JSONB #>> '{{try_on,state}}', status, document::JSONB #>> '{{cutout,width_px}}'
             FROM drape.{view} ORDER BY id"
        );
        let question = sqlx::AssertSqlSafe(question);
        let rows = sqlx::query_as(question).fetch_all(&system.pool).await;
        all.extend::<Vec<(String, String, String, Option<String>)>>(rows.unwrap());
    }
    all
}

#[tokio::test(flavor = "multi_thread")]
async fn a_first_look_keeps_what_the_garments_row_says() {
    let system = System::start().await;
    let running = system.project(quick());
    let end = garments(&system, 1, 4).await;
    system.reached("garment_card", end).await;
    running.stop().await;
    // The projector that sees the looks has none of the rows in memory.
    let running = system.project(quick());
    look(&system, 2, 7).await;
    let picture = PictureId::new(Uuid::from_u128(8));
    command(&system, 4, "again", AttachPicture { picture }).await;
    let end = look(&system, 4, 7).await;
    for view in ["garment_card", "garment_page"] {
        system.reached(view, end).await;
    }
    let of = |number: u128, state: &str, status: &str| {
        let id = Uuid::from_u128(number).to_string();
        let cutout = (state == "ready").then(|| "600".to_owned());
        (id, state.to_owned(), status.to_owned(), cutout)
    };
    let expected = [
        of(1, "unknown", "draft"),
        of(2, "ready", "published"),
        of(3, "unknown", "draft"),
        of(4, "unknown", "published"),
    ];
    let found = states(&system).await;
    assert_eq!(found, [expected.clone(), expected].concat());

    // A replay, with both in one batch, makes the same rows.
    for view in ["garment_card", "garment_page"] {
        request_rebuild(&system.pool, view, &ann()).await.unwrap();
        let built = until(&system, view, "done").await.comparison.unwrap();
        assert_eq!(built.differing(), 0, "{view}");
    }
    assert_eq!(states(&system).await, found);
    running.stop().await;
}
