//! What wardrobes say of garments, a row each.

use domain::{
    shared::{AccountId, GarmentId, OutfitId},
    wardrobe::wardrobe::{
        AddFavourite, HandOverWardrobe, Outfit, RemoveFavourite, RemoveOutfit, ReviseOutfit,
        SaveOutfit, Wardrobe, WardrobeCommand,
    },
};
use jetstream_es::{CommandContext, Executor};
use uuid::Uuid;

use crate::support::{System, quick};

const ACCOUNT: Uuid = Uuid::from_u128(9);

fn of(outfit: u128, garments: &[u128]) -> (OutfitId, Outfit) {
    let garment = |number: &u128| GarmentId::new(Uuid::from_u128(*number));
    let is = Outfit {
        name: "Office".to_owned().try_into().unwrap(),
        garments: garments.iter().map(garment).collect(),
        try_on: None,
    };
    (OutfitId::new(Uuid::from_u128(outfit)), is)
}

fn save(outfit: u128, garments: &[u128]) -> WardrobeCommand {
    let (outfit, is) = of(outfit, garments);
    SaveOutfit { outfit, is }.into()
}

fn revise(outfit: u128, garments: &[u128]) -> WardrobeCommand {
    let (outfit, is) = of(outfit, garments);
    ReviseOutfit { outfit, is }.into()
}

/// Favourites, and garments with the outfits that they stand in.
async fn picks(system: &System) -> (Vec<u128>, Vec<(u128, u128)>) {
    let favourites: Vec<(Uuid,)> = sqlx::query_as(
        "SELECT garment FROM drape.wardrobe_favourite WHERE account = $1 ORDER BY garment",
    )
    .bind(ACCOUNT)
    .fetch_all(&system.pool)
    .await
    .unwrap();
    let outfits: Vec<(Uuid, Uuid)> = sqlx::query_as(
        "SELECT outfit, garment FROM drape.wardrobe_outfit WHERE account = $1 ORDER BY outfit, garment",
    )
    .bind(ACCOUNT)
    .fetch_all(&system.pool)
    .await
    .unwrap();
    let pair = |(outfit, garment): (Uuid, Uuid)| (outfit.as_u128(), garment.as_u128());
    (
        favourites.into_iter().map(|(id,)| id.as_u128()).collect(),
        outfits.into_iter().map(pair).collect(),
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn favourites_and_outfits_are_rows_also_after_a_restart_and_leave_with_their_owner() {
    let system = System::start().await;
    let executor = Executor::<Wardrobe>::new(system.log.clone(), ());
    let like = |number| AddFavourite {
        garment: GarmentId::new(Uuid::from_u128(number)),
    };
    let unlike = RemoveFavourite {
        garment: GarmentId::new(Uuid::from_u128(1)),
    };
    let remove = RemoveOutfit {
        outfit: OutfitId::new(Uuid::from_u128(6)),
    };
    let batches: [Vec<WardrobeCommand>; 2] = [
        vec![
            like(1).into(),
            like(2).into(),
            save(5, &[1, 2]),
            save(6, &[3, 1]),
        ],
        vec![
            unlike.into(),
            revise(5, &[2, 3]),
            remove.into(),
            save(7, &[1]),
        ],
    ];
    let wanted = [
        (vec![1, 2], vec![(5, 1), (5, 2), (6, 1), (6, 3)]),
        (vec![2], vec![(5, 2), (5, 3), (7, 1)]),
    ];
    let (id, mut step) = (ACCOUNT.to_string(), 0);
    let mut send = async |command: WardrobeCommand| {
        step += 1;
        let context = CommandContext::new(format!("pick-{step}"));
        let outcome = executor.execute(&id, command, context).await.unwrap();
        outcome.position.unwrap().sequence
    };
    // Each half by a process of its own, which has to read its rows first.
    for (batch, wanted) in batches.into_iter().zip(wanted) {
        let running = system.project(quick());
        let mut last = 0;
        for command in batch {
            last = send(command).await;
        }
        system.reached("wardrobe", last).await;
        assert_eq!(picks(&system).await, wanted);
        running.stop().await;
    }
    let contents = executor.load(&id).await.unwrap().aggregate;
    let over = HandOverWardrobe {
        to: AccountId::new(Uuid::from_u128(8)),
        contents: contents.contents().clone(),
    };
    let running = system.project(quick());
    let last = send(over.into()).await;
    system.reached("wardrobe", last).await;
    assert_eq!(picks(&system).await, (vec![], vec![]));
    running.stop().await;
}
