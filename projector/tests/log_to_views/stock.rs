//! Stock, beside the garment whose id it shares.

use std::num::NonZeroI32;

use domain::{
    catalog::stock::{AdjustStock, CountStock, Stock, StockCommand},
    shared::{GarmentId, Size},
};
use jetstream_es::{CommandContext, Executor, SubjectFilter};
use projector::views::StockDocument;
use uuid::Uuid;

use crate::{
    garments::{folded, garments, rows},
    support::{System, quick},
};

fn size(text: &str) -> Size {
    Size::parse(text).unwrap()
}

/// What becomes of one garment's stock.
fn commands() -> Vec<StockCommand> {
    let count = |of: &str, count| CountStock {
        size: size(of),
        count,
        reason: None,
    };
    let adjust = |of: &str, by| AdjustStock {
        size: size(of),
        by: NonZeroI32::new(by).unwrap(),
        reason: None,
    };
    vec![
        count("S", 5).into(),
        count("W32/L34", 2).into(),
        adjust("S", -5).into(),
        adjust("M", 7).into(),
        count("M", 4).into(),
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn stock_is_what_was_counted_and_adjusted() {
    let system = System::start().await;
    let running = system.project(quick());
    garments(&system, 1, 3).await;
    let executor = Executor::<Stock>::new(system.log.clone(), ());
    let mut last = 0;
    for number in 1..=3_u128 {
        let id = Uuid::from_u128(number).to_string();
        for (step, command) in commands().into_iter().enumerate() {
            let context = CommandContext::new(format!("stock-{number}-{step}"));
            let outcome = executor.execute(&id, command, context).await.unwrap();
            last = outcome.position.unwrap().sequence;
        }
    }
    for view in ["garment_stock", "garment_page"] {
        system.reached(view, last).await;
    }
    let stored: Vec<(Uuid, i64, Vec<String>, String)> = sqlx::query_as(
        "SELECT garment, total, sizes_in_stock, document FROM drape.garment_stock ORDER BY garment",
    )
    .fetch_all(&system.pool)
    .await
    .unwrap();
    assert_eq!(stored.len(), 3);
    let filter = SubjectFilter::aggregate_type("catalog.stock");
    let commits = system.log.read(0, &filter, 1_000).await.unwrap().commits;
    for (id, total, in_stock, document) in stored {
        assert_eq!(
            (total, in_stock),
            (6, vec!["W32/L34".to_owned(), "M".to_owned()])
        );
        let of = commits
            .iter()
            .filter(|of| of.aggregate_id == id.to_string());
        let events = of.flat_map(|commit| commit.decode::<Stock>().unwrap());
        let expected = events.fold(None, |document, event| {
            Some(StockDocument::evolve(document, GarmentId::new(id), event))
        });
        assert_eq!(document, serde_json::to_string(&expected.unwrap()).unwrap());
    }
    // The garments are as they were.
    assert_eq!(rows(&system).await, folded(&system).await);
    running.stop().await;
}
