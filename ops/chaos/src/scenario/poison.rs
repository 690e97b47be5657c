//! Commits that no view can apply are written straight into the log: they are parked, what follows on them is held back, the
//! others go on; once they are discarded, the views are what the log says without them.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use anyhow::{Context, ensure};
use async_nats::{HeaderMap, jetstream};
use e2e::{Client, Options, System, garment};
use reqwest::StatusCode;
use serde_json::{Value, json};
use tokio::time::Instant;

use super::{
    Settings,
    crew::{Crew, report, under_way},
};
use crate::{
    fault::Blow,
    history::{History, Phase},
    random::Random,
    report::Report,
};

/// Views of a garment.
const VIEWS: [&str; 3] = ["garment_card", "garment_page", "garment_version"];
/// Bytes of the longest poison: the log takes messages of 512 KiB.
const LONG: usize = 500_000;
/// Commits behind each poisoned one.
const BEHIND: u64 = 2;
const PATIENCE: Duration = Duration::from_secs(30);

pub(super) async fn run(settings: &Settings) -> anyhow::Result<Report> {
    let system = System::start(Options {
        separate_projector: true,
        ..Options::default()
    })
    .await?;
    let random = Random::new(settings.seed);
    let history = History::create(&settings.directory.join("poison.jsonl"))?;
    let mut crew = Crew::start(&system, history.clone(), &random).await?;
    under_way(&history, 20).await;

    let pen = Pen::open(&system).await?;
    let mut random = random.actor(100);
    let (mut blows, mut poison) = (vec![], BTreeMap::new());
    for (number, kind) in (0..).zip(Poison::ALL) {
        let id = pen.add(number).await?;
        blows.push(Blow::now(format!("{kind:?} is in the log"), &history));
        poison.insert(pen.poison(&id, kind).await?, id);
        tokio::time::sleep(random.between_ms(100, 400)).await;
    }
    let mut broken = vec![];
    let parked = pen.parked(&poison).await;
    // Whoever is not concerned goes on: what is acknowledged from now on is shown, past the parked ones.
    let before = acknowledged(&history);
    under_way(&history, before + 50).await;
    broken.extend(
        pen.others_go_on()
            .await
            .err()
            .map(|error| format!("{error:#}")),
    );
    let discarded = match parked {
        Ok(letters) => pen.discard(&letters).await?,
        Err(error) => {
            broken.push(format!("{error:#}"));
            0
        }
    };
    let last_fault = Instant::now();
    crew.stop_writing().await?;
    crew.discard(poison.keys().copied());
    let settled = crew.settle(&system, last_fault).await?;

    let mut report = report("poison", settings.seed, blows, &settled);
    report.figure("poisoned commits", poison.len());
    report.figure("letters discarded", discarded);
    report.violations.extend(broken);
    if discarded != VIEWS.len() * poison.len() {
        report.void = Some(format!("only {discarded} letters were discarded"));
    }
    Ok(report)
}

fn acknowledged(history: &History) -> usize {
    let records = history.records();
    records
        .iter()
        .filter(|record| record.phase == Phase::Ok)
        .count()
}

/// Ways in which a commit is not to be applied.
#[derive(Debug, Clone, Copy)]
enum Poison {
    /// Nobody knows its event.
    UnknownEvent,
    /// Its event is known, but not in this version.
    UnknownVersion,
    /// Its event is known and holds something else.
    OtherData,
    /// It happened to something else.
    OtherAggregate,
    /// It breaks off.
    Truncated,
    /// Nobody knows its event, which is nearly as long as a message can be.
    Long,
}

impl Poison {
    const ALL: [Self; 6] = [
        Self::UnknownEvent,
        Self::UnknownVersion,
        Self::OtherData,
        Self::OtherAggregate,
        Self::Truncated,
        Self::Long,
    ];

    /// A commit with it, which claims to make version 2.
    fn body(self) -> String {
        let price = json!({ "minor": 5_000, "currency": "EUR" });
        let (name, version, data) = match self {
            Self::UnknownEvent => ("Nonsense", "1", json!({})),
            Self::UnknownVersion => ("PriceChanged", "99", json!({ "price": price })),
            Self::OtherData => ("PriceChanged", "1", json!({ "price": "five" })),
            Self::OtherAggregate => ("FavouriteAdded", "1", json!({ "garment": "none" })),
            Self::Truncated => ("PriceChanged", "1", json!({ "price": price })),
            Self::Long => ("Nonsense", "1", json!({ "text": "x".repeat(LONG) })),
        };
        let mut data = data;
        data["type"] = json!(name);
        let event = json!({ "type": name, "version": version, "data": data });
        let mut body = commit(2, &event);
        if matches!(self, Self::Truncated) {
            body.truncate(body.len() / 2);
        }
        body
    }
}

fn commit(from_version: u64, event: &Value) -> String {
    json!({ "v": 1, "from_version": from_version, "events": [event] }).to_string()
}

/// A dead letter, as the API lists it.
#[derive(Debug, Clone)]
struct Letter {
    id: u64,
    sequence: u64,
    aggregate: String,
    view: String,
    state: String,
}

/// Who writes what no command would, and who looks after it.
struct Pen {
    context: jetstream::Context,
    shop: Client,
    admin: Client,
}

impl Pen {
    async fn open(system: &System) -> anyhow::Result<Self> {
        Ok(Self {
            context: jetstream::new(system.nats.client().await?),
            shop: system.caller("merchandiser")?,
            admin: system.caller("admin")?,
        })
    }

    async fn add(&self, number: u64) -> anyhow::Result<String> {
        let body = garment(&format!("poisoned-{number}"), "tops");
        let added = self.shop.post("/v1/garments", &body).await?;
        added.expect(StatusCode::CREATED)?.id()
    }

    /// Puts what no view can apply behind the garment's first commit, and prices behind that. Answers where it is.
    async fn poison(&self, id: &str, poison: Poison) -> anyhow::Result<u64> {
        let sequence = self.publish(id, 2, poison.body()).await?;
        for behind in 0..BEHIND {
            let price = json!({ "minor": 5_000 + behind, "currency": "EUR" });
            let data = json!({ "type": "PriceChanged", "price": price });
            let priced = json!({ "type": "PriceChanged", "version": "1", "data": data });
            self.write(id, 3 + behind, &priced).await?;
        }
        Ok(sequence)
    }

    async fn write(&self, id: &str, from_version: u64, event: &Value) -> anyhow::Result<u64> {
        self.publish(id, from_version, commit(from_version, event))
            .await
    }

    async fn publish(&self, id: &str, from_version: u64, body: String) -> anyhow::Result<u64> {
        let mut headers = HeaderMap::new();
        headers.insert("Es-Command", format!("straight-{id}-{from_version}"));
        let subject = format!("drape.events.catalog.garment.{id}");
        let sent = self
            .context
            .publish_with_headers(subject, headers, body.into());
        Ok(sent.await?.await?.sequence)
    }

    /// Waits until each poisoned commit is parked in each view with all behind it; answers the letters to decide about.
    async fn parked(&self, poison: &BTreeMap<u64, String>) -> anyhow::Result<Vec<Letter>> {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let letters = self.letters().await?;
            let (parked, held): (Vec<_>, Vec<_>) = letters
                .into_iter()
                .partition(|letter| letter.state == "parked");
            let wanted = VIEWS.len() * poison.len();
            if parked.len() >= wanted && held.len() as u64 >= wanted as u64 * BEHIND {
                let strangers = parked
                    .iter()
                    .chain(&held)
                    .find(|letter| !poison.values().any(|id| *id == letter.aggregate));
                ensure!(strangers.is_none(), "{strangers:?} is no victim's");
                let at: BTreeSet<u64> = parked.iter().map(|letter| letter.sequence).collect();
                ensure!(
                    at.iter().eq(poison.keys()),
                    "parked are {at:?}, not {poison:?}"
                );
                return Ok(parked);
            }
            let count = (parked.len(), held.len());
            ensure!(
                Instant::now() < deadline,
                "parked and held are {count:?}, wanted {wanted}"
            );
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }

    async fn letters(&self) -> anyhow::Result<Vec<Letter>> {
        let path = "/v1/admin/dead-letters?limit=1000";
        let listed = self.admin.get(path).await?.expect(StatusCode::OK)?;
        let items = listed.body["items"].as_array().context("no items")?;
        let text = |item: &Value, name: &str| item[name].as_str().unwrap_or_default().to_owned();
        let letter = |item: &Value| {
            Some(Letter {
                id: item["id"].as_u64()?,
                sequence: item["sequence"].as_u64()?,
                aggregate: text(item, "aggregate_id"),
                view: text(item, "view"),
                state: text(item, "state"),
            })
        };
        items
            .iter()
            .map(|item| letter(item).with_context(|| format!("no letter: {item}")))
            .collect()
    }

    /// A new garment is shown although others are parked.
    async fn others_go_on(&self) -> anyhow::Result<()> {
        let added = self.shop.add_garment("beside-the-poison", "tops").await?;
        let path = format!("/v1/garments/{}", added.id()?);
        let position = added.position.context("no position")?;
        let shown = self.shop.get_at(&path, &position).await?;
        shown.expect(StatusCode::OK)?;
        Ok(())
    }

    async fn discard(&self, letters: &[Letter]) -> anyhow::Result<usize> {
        for letter in letters {
            ensure!(
                VIEWS.contains(&letter.view.as_str()),
                "{letter:?} is of another view"
            );
            let path = format!("/v1/admin/dead-letters/{}/discard", letter.id);
            let decided = self.admin.post(&path, &Value::Null).await?;
            let decided = decided.expect(StatusCode::OK)?;
            ensure!(
                decided.body["applied"] == BEHIND,
                "{letter:?}: {:?}",
                decided.body
            );
        }
        Ok(letters.len())
    }
}
