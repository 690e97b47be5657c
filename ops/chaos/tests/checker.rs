//! The checker finds what it is there for: histories and logs that were doctored by hand.

#![expect(clippy::unwrap_used, reason = "a test may fail in its helpers too")]

use std::collections::BTreeSet;

use chaos::{
    check::{Evidence, Promise, Watcher, check},
    fold::fold,
    history::{Phase, Record},
    observed::{LogEntry, places},
};
use serde_json::{Value, json};

fn entry(
    sequence: u64,
    id: u32,
    from_version: u64,
    operation: &str,
    event: (&str, Value),
) -> LogEntry {
    LogEntry {
        sequence,
        aggregate_type: "catalog.garment".to_owned(),
        aggregate_id: format!("g{id}"),
        from_version,
        time: format!("2026-01-01T00:00:{sequence:02}Z"),
        command_id: format!("command of {operation}"),
        correlation_id: Some(operation.to_owned()),
        actor: Some("01900000-0000-7000-8000-000000000004".to_owned()),
        events: vec![(event.0.to_owned(), event.1)],
    }
}

fn added() -> (&'static str, Value) {
    let details = json!({ "name": "A", "slug": "a", "category": "tops", "colour": { "name": "Sand", "hex": "#d8c9a8" }, "sizes": ["S"], "description": "" });
    (
        "GarmentAdded",
        json!({ "details": details, "price": { "minor": 1, "currency": "EUR" } }),
    )
}

fn priced(minor: u32) -> (&'static str, Value) {
    (
        "PriceChanged",
        json!({ "price": { "minor": minor, "currency": "EUR" } }),
    )
}

fn record(at_us: u64, operation: &str, phase: Phase, id: u32, sequence: Option<u64>) -> Record {
    Record {
        at_us,
        operation: operation.to_owned(),
        kind: "add".to_owned(),
        phase,
        id: Some(format!("g{id}")),
        sequence,
        detail: String::new(),
    }
}

/// Views and watchers as the log has them.
fn with_log(history: Vec<Record>, log: Vec<LogEntry>) -> Evidence {
    with_views(history, log, &[])
}

/// Views without some commits.
fn with_views(history: Vec<Record>, log: Vec<LogEntry>, without: &[u64]) -> Evidence {
    let views = log
        .iter()
        .filter(|entry| !without.contains(&entry.sequence));
    let views = fold(views).unwrap();
    let watcher = Watcher {
        name: "w".to_owned(),
        places: places(&log),
    };
    Evidence {
        history,
        views,
        watchers: vec![watcher],
        log,
        discarded: BTreeSet::new(),
    }
}

/// Three garments, one price; one answer was lost and repeated, one command refused.
fn sound() -> Evidence {
    let log = vec![
        entry(1, 1, 1, "a", added()),
        entry(2, 2, 1, "b", added()),
        entry(3, 1, 2, "c", priced(5)),
        entry(4, 3, 1, "d", added()),
    ];
    let history = vec![
        record(1, "a", Phase::Invoke, 1, None),
        record(2, "a", Phase::Ok, 1, Some(1)),
        record(3, "b", Phase::Invoke, 2, None),
        record(4, "b", Phase::Unknown, 2, None),
        record(5, "b", Phase::Invoke, 2, None),
        record(6, "b", Phase::Ok, 2, Some(2)),
        record(7, "c", Phase::Invoke, 1, None),
        record(8, "c", Phase::Ok, 1, Some(3)),
        record(9, "d", Phase::Invoke, 3, None),
        record(10, "d", Phase::Ok, 3, Some(4)),
        record(11, "e", Phase::Invoke, 9, None),
        record(12, "e", Phase::Fail, 9, None),
    ];
    with_log(history, log)
}

fn promises(evidence: &Evidence) -> Vec<Promise> {
    let mut promises: Vec<Promise> = check(evidence)
        .into_iter()
        .map(|violation| violation.promise)
        .collect();
    promises.sort_unstable();
    promises.dedup();
    promises
}

fn renumbered(mut log: Vec<LogEntry>) -> Vec<LogEntry> {
    for (sequence, entry) in (1..).zip(&mut log) {
        entry.sequence = sequence;
    }
    log
}

#[test]
fn a_sound_run_passes() {
    assert_eq!(check(&sound()), vec![]);
}

#[test]
fn a_lost_commit_is_found() {
    let mut log = sound().log;
    log.remove(3);
    assert_eq!(promises(&with_log(sound().history, log)), [Promise::Lost]);
    // Also one in the middle, whether or not its place is filled.
    let mut log = sound().log;
    log.remove(1);
    let gap = with_log(sound().history, log.clone());
    assert_eq!(promises(&gap), [Promise::Lost, Promise::Versions]);
    let filled = with_log(sound().history, renumbered(log));
    assert!(promises(&filled).contains(&Promise::Lost));
}

#[test]
fn a_doubled_commit_is_found() {
    let mut log = sound().log;
    let mut again = log[3].clone();
    again.sequence = 5;
    log.push(again);
    assert!(
        promises(&with_log(sound().history, log))
            .starts_with(&[Promise::Doubled, Promise::Versions])
    );
    // Also when the second one is a command of its own, on another garment.
    let mut log = sound().log;
    let mut again = entry(5, 4, 1, "d", added());
    again.command_id = "another".to_owned();
    log.push(again);
    assert_eq!(
        promises(&with_log(sound().history, log)),
        [Promise::Doubled]
    );
}

#[test]
fn a_reordered_commit_is_found() {
    // No version of any garment tells that these two were swapped: only the clock does.
    let mut log = sound().log;
    log.swap(0, 1);
    let swapped = with_log(sound().history, renumbered(log));
    assert_eq!(promises(&swapped), [Promise::Reordered]);
    // Within a garment, the versions tell.
    let mut log = sound().log;
    log.swap(0, 2);
    assert!(fold(&log).is_err());
}

#[test]
fn a_refused_command_must_not_be_stored() {
    let mut log = sound().log;
    log.push(entry(5, 9, 1, "e", added()));
    assert_eq!(
        promises(&with_log(sound().history, log)),
        [Promise::RefusedButStored]
    );
}

#[test]
fn an_answer_that_was_never_heard_may_be_in_the_log_or_not() {
    let mut evidence = sound();
    evidence
        .history
        .retain(|record| !(record.operation == "d" && record.phase == Phase::Ok));
    assert_eq!(check(&evidence), vec![]);
    evidence.log.remove(3);
    assert_eq!(check(&with_log(evidence.history, evidence.log)), vec![]);
}

#[test]
fn a_view_that_shows_something_else_is_found() {
    for doctor in [
        |views: &mut Value| views["price"]["minor"] = json!(6),
        |views: &mut Value| views["version"] = json!(1),
        |views: &mut Value| views["added_at"] = json!("2026-01-01T00:00:09Z"),
    ] {
        let mut evidence = sound();
        let page = evidence
            .views
            .get_mut(&("garment_page".to_owned(), "g1".to_owned()));
        doctor(page.unwrap());
        assert_eq!(promises(&evidence), [Promise::View]);
    }
    let mut evidence = sound();
    evidence
        .views
        .remove(&("garment_card".to_owned(), "g2".to_owned()));
    evidence
        .views
        .insert(("garment_card".to_owned(), "g7".to_owned()), json!({}));
    assert_eq!(check(&evidence).len(), 2);
}

#[test]
fn what_was_left_out_of_the_views_is_left_out_and_nothing_else() {
    let mut log = sound().log;
    log.push(entry(5, 2, 2, "f", ("Nonsense", json!({}))));
    log.push(entry(6, 2, 3, "g", priced(7)));
    assert!(fold(&log).is_err());
    let mut evidence = with_views(sound().history, log.clone(), &[5]);
    assert_eq!(promises(&evidence), [Promise::Versions]);
    evidence.discarded = BTreeSet::from([5]);
    assert_eq!(check(&evidence), vec![]);
    let mut evidence = with_views(sound().history, log, &[5, 6]);
    evidence.discarded = BTreeSet::from([5]);
    assert_eq!(promises(&evidence), [Promise::View]);
}

#[test]
fn a_live_client_that_missed_or_repeated_something_is_found() {
    for doctor in [
        |places: &mut Vec<(u64, u32)>| places.truncate(3),
        |places: &mut Vec<(u64, u32)>| places[1] = (1, u32::MAX - 1),
        |places: &mut Vec<(u64, u32)>| places.retain(|place| place.0 != 2),
        |places: &mut Vec<(u64, u32)>| places.insert(1, places[1]),
        |places: &mut Vec<(u64, u32)>| places.swap(1, 2),
    ] {
        let mut evidence = sound();
        doctor(&mut evidence.watchers[0].places);
        assert_eq!(promises(&evidence), [Promise::Watcher]);
    }
}

#[test]
fn a_try_on_ends_once() {
    let session = |sequence, from_version, name: &str, data| {
        let mut entry = entry(sequence, 1, from_version, name, (name, data));
        entry.aggregate_type = "tryon.session".to_owned();
        entry.command_id = format!("{sequence}");
        entry
    };
    let mut log = vec![
        session(
            1,
            1,
            "TryOnRequested",
            json!({ "person": "p", "garment": "g", "garment_picture": "q", "category": "tops", "requested_by": "s" }),
        ),
        session(2, 2, "TryOnStarted", json!({ "attempt": 1, "worker": "w" })),
    ];
    assert_eq!(
        promises(&with_log(vec![], log.clone())),
        [Promise::TryOnEnd]
    );
    log.push(session(3, 3, "TryOnCancelled", json!({})));
    assert_eq!(promises(&with_log(vec![], log.clone())), []);
    log.push(session(
        4,
        4,
        "TryOnFailed",
        json!({ "attempt": 1, "reason": { "code": "late", "detail": "" } }),
    ));
    assert_eq!(promises(&with_log(vec![], log)), [Promise::TryOnEnd]);
}

#[test]
fn stock_is_folded_beside_its_garment() {
    let stock = |sequence, from_version, name: &'static str, data: Value| LogEntry {
        aggregate_type: "catalog.stock".to_owned(),
        ..entry(sequence, 1, from_version, "stock", (name, data))
    };
    let counted = json!({ "size": "S", "count": 4 });
    let sold = json!({ "size": "S", "by": -2, "reason": "sold" });
    let received = json!({ "size": "M", "by": 9 });
    let log = [
        entry(1, 1, 1, "add", added()),
        stock(2, 1, "StockCounted", counted),
        stock(3, 2, "StockAdjusted", sold),
        stock(4, 3, "StockAdjusted", received),
    ];
    let views = fold(&log).unwrap();
    let key = ("garment_stock".to_owned(), "g1".to_owned());
    let sizes = json!([{ "size": "S", "count": 2, "low": true }, { "size": "M", "count": 9, "low": false }]);
    assert_eq!(
        views[&key],
        json!({ "id": "g1", "total": 11, "sizes": sizes, "version": 3 })
    );
    let gone = json!({ "size": "S", "by": -3 });
    let impossible = [stock(1, 1, "StockAdjusted", gone)];
    assert!(fold(&impossible).is_err());
}

#[test]
fn a_collection_and_a_category_are_folded() {
    let told = |sequence, aggregate: &str, name: &'static str, data: Value| LogEntry {
        aggregate_type: aggregate.to_owned(),
        ..entry(sequence, 1, sequence, "told", (name, data))
    };
    let collection = |sequence, name, data| told(sequence, "catalog.collection", name, data);
    let details = json!({ "name": "Linen", "slug": "linen", "description": "" });
    let hand = json!({ "kind": "by_hand", "garments": ["g"] });
    let log = [
        collection(
            1,
            "CollectionAdded",
            json!({ "details": details, "members": hand }),
        ),
        collection(2, "CollectionGarmentsPinned", json!({ "garments": ["g"] })),
        collection(3, "CollectionRemoved", json!({})),
    ];
    let views = fold(&log).unwrap();
    let folded = &views[&("collection".to_owned(), "g1".to_owned())];
    assert_eq!(
        (&folded["version"], &folded["pinned"]),
        (&json!(3), &json!(["g"]))
    );
    assert_eq!((&folded["texts"], &folded["members"]), (&json!({}), &hand));
    assert!(fold(&log[1..]).is_err());

    let category = |sequence, name, data| told(sequence, "catalog.category", name, data);
    let named = json!({ "path": "women", "name": "Women", "names": { "de": "Damen" } });
    let mut log = vec![category(1, "CategoryNamed", named)];
    let key = ("category".to_owned(), "g1".to_owned());
    assert_eq!(fold(&log).unwrap()[&key]["names"]["de"], "Damen");
    log.push(category(2, "CategoryUnnamed", json!({ "path": "women" })));
    assert_eq!(
        fold(&log).unwrap()[&key],
        json!({ "path": "women", "name": null, "names": {}, "version": 2 })
    );
}

#[test]
fn what_admins_decide_is_folded_and_what_people_do_with_their_own_account_is_not() {
    let decided =
        json!({ "at": "2026-01-01T00:00:00Z", "from": "203.0.113.0/24", "reason": "why" });
    let told = |sequence, aggregate: &str, name: &'static str, data: Value| LogEntry {
        aggregate_type: aggregate.to_owned(),
        ..entry(sequence, 1, sequence, "told", (name, data))
    };
    let mut own = told(
        1,
        "identity.account",
        "AccountRegistered",
        json!({ "roles": [] }),
    );
    own.actor = Some("g1".to_owned());
    let suspended = json!({ "decided": decided });
    let log = [
        own,
        told(2, "identity.account", "AccountSuspended", suspended),
    ];
    let key = ("audit_entry".to_owned(), "g1".to_owned());
    let folded = &fold(&log).unwrap()[&key];
    assert_eq!(folded.as_array().unwrap().len(), 1);
    assert_eq!(folded[0]["account"], "g1");
    assert_eq!(
        (&folded[0]["from"], &folded[0]["reason"], &folded[0]["at"]),
        (&decided["from"], &decided["reason"], &decided["at"])
    );
    let discarded =
        json!({ "view": "wardrobe", "sequence": 7, "decided": { "at": "2026-01-01T00:00:00Z" } });
    let log = [told(
        1,
        "operations.projection",
        "ParkedEventDiscarded",
        discarded,
    )];
    let folded = &fold(&log).unwrap()[&key];
    assert_eq!(
        (&folded[0]["view"], &folded[0]["commit"], &folded[0]["from"]),
        (&json!("wardrobe"), &json!(7), &Value::Null)
    );
}

#[test]
fn a_wardrobe_is_folded_and_another_picture_is_not_shared() {
    let told = |sequence, name: &'static str, data: Value| LogEntry {
        aggregate_type: "wardrobe.wardrobe".to_owned(),
        ..entry(sequence, 1, sequence, "wardrobe", (name, data))
    };
    let saved = |picture: &str| {
        let try_on = json!({ "session": "s", "picture": picture });
        json!({ "outfit": "o", "name": "Office", "garments": ["g"], "try_on": try_on })
    };
    let shared = json!({ "outfit": "o", "token_sha256": "t", "picture": "p" });
    let mut log = vec![
        told(1, "FavouriteAdded", json!({ "garment": "g" })),
        told(2, "GarmentOwned", json!({ "garment": "g", "size": "M" })),
        told(3, "GarmentOwned", json!({ "garment": "g" })),
        told(4, "OutfitSaved", saved("p")),
        told(5, "OutfitShared", shared),
    ];
    let key = ("wardrobe".to_owned(), "g1".to_owned());
    let after = |log: &[LogEntry]| fold(log).unwrap()[&key].clone();
    let wardrobe = after(&log);
    assert_eq!(wardrobe["owned"][0]["size"], Value::Null);
    assert_eq!(wardrobe["outfits"][0]["shared"]["picture"], true);
    assert_eq!(wardrobe["outfits"][0]["picture"]["id"], "p");
    log.push(told(6, "OutfitSaved", saved("other")));
    assert_eq!(after(&log)["outfits"][0]["shared"]["picture"], false);
    log.push(told(7, "WardrobeHandedOver", json!({ "to": "a" })));
    let empty = json!({ "favourites": [], "owned": [], "outfits": [], "version": 7 });
    assert_eq!(after(&log), empty);
}

#[test]
fn a_look_holds_for_the_garment_that_it_was_about() {
    let look = |sequence, picture: &str, category: &str| {
        let verdict = json!({ "state": "unsupported", "reason": { "code": "garment-touches-border", "detail": "d" } });
        let cutout = json!({ "picture": "c", "width_px": 6, "height_px": 8, "bounds": {} });
        let data = json!({ "picture": picture, "category": category, "verdict": verdict, "cutout": cutout });
        let mut entry = entry(sequence, 1, 1, "look", ("GarmentLookedAt", data));
        entry.aggregate_type = "tryon.suitability".to_owned();
        entry
    };
    let attached = |sequence, picture: &str| {
        let data = json!({ "picture": picture });
        entry(sequence, 1, 2, "attach", ("PictureAttached", data))
    };
    let none = Value::Null;
    let some = json!("c");
    for (log, state, cutout) in [
        (vec![attached(2, "p")], "unknown", &none),
        (
            vec![attached(2, "p"), look(3, "p", "tops")],
            "unsupported",
            &some,
        ),
        (
            vec![attached(2, "p"), look(3, "p", "dresses")],
            "unknown",
            &some,
        ),
        (
            vec![attached(2, "p"), look(3, "p", "tops"), attached(4, "q")],
            "unknown",
            &none,
        ),
        (
            vec![attached(2, "p"), look(3, "q", "tops"), attached(4, "q")],
            "unsupported",
            &some,
        ),
    ] {
        let log = [vec![entry(1, 1, 1, "add", added())], log].concat();
        let views = fold(&log).unwrap();
        for view in ["garment_card", "garment_page"] {
            let document = &views[&(view.to_owned(), "g1".to_owned())];
            assert_eq!(document["try_on"]["state"], state, "{view}");
            assert_eq!(&document["cutout"]["picture"]["id"], cutout, "{view}");
        }
        let version = &views[&("garment_version".to_owned(), "g1".to_owned())];
        assert_eq!(version["try_on"], Value::Null);
    }
}
