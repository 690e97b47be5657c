//! Wardrobes and the links to what is shared of them.

use domain::{
    shared::{GarmentId, OutfitId},
    wardrobe::wardrobe::{
        AddFavourite, Outfit, RemoveOutfit, SaveOutfit, ShareOutfit, TokenHash, Wardrobe,
        WardrobeCommand,
    },
};
use jetstream_es::{CommandContext, Executor, SubjectFilter};
use projector::views::WardrobeDocument;
use time::format_description::well_known::Rfc3339;
use uuid::Uuid;

use crate::support::{System, quick};

fn commands(number: u128) -> Vec<WardrobeCommand> {
    let save = |id| SaveOutfit {
        outfit: OutfitId::new(Uuid::from_u128(id)),
        is: Outfit::sample(),
    };
    let share = |id, digits: &str| ShareOutfit {
        outfit: OutfitId::new(Uuid::from_u128(id)),
        token: TokenHash::parse(&format!("{digits}{number:062}")).unwrap(),
        with_picture: id == 1,
    };
    vec![
        AddFavourite {
            garment: GarmentId::new(Uuid::from_u128(1)),
        }
        .into(),
        save(1).into(),
        save(2).into(),
        share(1, "aa").into(),
        share(2, "bb").into(),
        share(1, "cc").into(),
        RemoveOutfit {
            outfit: OutfitId::new(Uuid::from_u128(2)),
        }
        .into(),
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wardrobe_and_its_links_are_what_the_events_say_also_after_a_restart() {
    let system = System::start().await;
    let executor = Executor::<Wardrobe>::new(system.log.clone(), ());
    let mut last = 0;
    // The second half is projected by a process that has to read its rows first.
    for half in [0..4, 4..7] {
        let running = system.project(quick());
        for number in 1..=3_u128 {
            let id = Uuid::from_u128(number).to_string();
            for (step, command) in commands(number).into_iter().enumerate() {
                if !half.contains(&step) {
                    continue;
                }
                let context = CommandContext::new(format!("{number}-{step}"));
                let outcome = executor.execute(&id, command, context).await.unwrap();
                last = outcome.position.unwrap().sequence;
            }
        }
        system.reached("wardrobe", last).await;
        running.stop().await;
    }
    let links: Vec<(String, Uuid, Uuid, Option<Uuid>)> = sqlx::query_as(
        "SELECT token, account, outfit, picture FROM drape.wardrobe_look ORDER BY token",
    )
    .fetch_all(&system.pool)
    .await
    .unwrap();
    let wanted = (1..=3_u128).map(|number| {
        let [account, outfit, picture] = [number, 1, 7].map(Uuid::from_u128);
        (format!("cc{number:062}"), account, outfit, Some(picture))
    });
    assert_eq!(links, wanted.collect::<Vec<_>>());

    let stored: Vec<(Uuid, String)> =
        sqlx::query_as("SELECT account, document FROM drape.wardrobe ORDER BY account")
            .fetch_all(&system.pool)
            .await
            .unwrap();
    assert_eq!(stored.len(), 3);
    let filter = SubjectFilter::aggregate_type("wardrobe.wardrobe");
    let commits = system.log.read(0, &filter, 1_000).await.unwrap().commits;
    for (account, document) in stored {
        let mut folded = None;
        for commit in commits
            .iter()
            .filter(|of| of.aggregate_id == account.to_string())
        {
            let at = commit.time.format(&Rfc3339).unwrap();
            for event in commit.decode::<Wardrobe>().unwrap() {
                folded = Some(WardrobeDocument::evolve(folded, event, &at));
            }
        }
        assert_eq!(document, serde_json::to_string(&folded.unwrap()).unwrap());
    }
}
