//! Networks of others make the picture: what they may change, and what is thrown away.
#![expect(clippy::unwrap_used, reason = "test")]

use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use tryon_worker::engine::{
    Category, Engine, LoadError, Refusal, Runtime, Stage, TryOnError, TryOnInput, TryOnOutput,
    Wanted, self_test,
};
use tryon_worker::reload::Reloadable;
use tryon_worker::service::TryOn;

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn engine() -> Engine {
    Engine::load(&root().join("models/drape-2026.2")).unwrap()
}

fn engine_of(generator: &Path) -> Result<Engine, LoadError> {
    engine().with_generator(generator)
}

fn pack(name: &str) -> PathBuf {
    root().join("tests/packs").join(name)
}

fn demo(name: &str) -> Vec<u8> {
    std::fs::read(root().join("../gateway/demo").join(name)).unwrap()
}

fn try_on(engine: &Engine, category: Category, garment: &str) -> Result<TryOnOutput, TryOnError> {
    let (person, garment) = (demo("people/person-03.jpg"), demo(garment));
    let input = TryOnInput {
        person: &person,
        garment: &garment,
        category,
    };
    engine.try_on(&input, |_, _| ControlFlow::Continue(()))
}

/// The tee again, as it is wanted.
fn try_on_as(
    engine: &Engine,
    wanted: Wanted,
    progress: impl FnMut(Stage, f32) -> ControlFlow<()> + Send,
) -> Result<TryOnOutput, TryOnError> {
    let (person, garment) = (
        demo("people/person-03.jpg"),
        demo("garments/high-trails-tee.jpg"),
    );
    let input = TryOnInput {
        person: &person,
        garment: &garment,
        category: Category::Tops,
    };
    engine.try_on_as(wanted, &input, progress)
}

fn tee(engine: &Engine) -> Result<TryOnOutput, TryOnError> {
    try_on(engine, Category::Tops, "garments/high-trails-tee.jpg")
}

/// A copy of a pack with other words in its manifest.
fn rewritten(name: &str, from: &str, to: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let text = std::fs::read_to_string(pack(name).join("pack.toml")).unwrap();
    assert!(text.contains(from), "{from} is not in {text}");
    std::fs::write(folder.path().join("pack.toml"), text.replace(from, to)).unwrap();
    for entry in std::fs::read_dir(pack(name)).unwrap() {
        let file = entry.unwrap();
        if file.path().extension().is_some_and(|kind| kind == "onnx") {
            std::fs::copy(file.path(), folder.path().join(file.file_name())).unwrap();
        }
    }
    folder
}

/// Pixels that differ, and of those the ones where the photo shows head and hands: whose places in this photo are known.
fn changed(photo: &[u8], result: &TryOnOutput) -> (usize, usize) {
    let before = image::load_from_memory(photo).unwrap().to_rgb8();
    let after = image::load_from_memory(&result.png).unwrap().to_rgb8();
    let kept = |x: u32, y: u32| (310..460).contains(&x) && (50..230).contains(&y);
    let mut found = (0, 0);
    for ((x, y, a), b) in before.enumerate_pixels().zip(after.pixels()) {
        let edited = result.edited[(y * before.width() + x) as usize];
        assert!(
            edited || a == b,
            "({x}, {y}) changed outside of the edit region"
        );
        found.0 += usize::from(a != b);
        found.1 += usize::from(a != b && kept(x, y));
    }
    found
}

#[test]
fn what_they_make_stays_in_the_edit_region() {
    let photo = demo("people/person-03.jpg");
    let own = tee(&engine()).unwrap();
    for name in ["flow", "picture", "steps"] {
        let engine = engine().with_generator(&pack(name)).unwrap();
        let result = tee(&engine).unwrap();
        assert_ne!(result.png, own.png, "{name} made nothing");
        let (all, head) = changed(&photo, &result);
        assert!(
            (20_000..400_000).contains(&all),
            "{name} changed {all} pixels"
        );
        assert_eq!(head, 0, "{name} changed the head");
        assert_eq!(
            tee(&engine).unwrap().png,
            result.png,
            "{name} is another picture each time"
        );
        let packs = engine.describe().packs;
        assert_eq!(packs[1].to_string(), format!("worked-out-{name} 1.0.0"));
    }
}

#[test]
fn what_it_was_not_made_for_is_done_without_it() {
    let skirt = |engine: &Engine| {
        let result = try_on(
            engine,
            Category::Bottoms,
            "garments/straight-jeans-indigo.jpg",
        );
        result
            .map(|output| output.png)
            .map_err(|error| error.to_string())
    };
    let with = engine().with_generator(&pack("picture")).unwrap();
    assert_eq!(skirt(&with), skirt(&engine()));
}

#[test]
fn bad_pictures_are_thrown_away() {
    let refused = |folder: &Path| {
        let engine = engine().with_generator(folder).unwrap();
        matches!(
            tee(&engine),
            Err(TryOnError::Refused(Refusal::ResultImplausible))
        )
    };
    // The same network, read so that light is dark.
    let shape = "shape = [1, 3, 256, 192]\nscale = 0.00784313725490196\noffset = -1.0\n";
    let text = std::fs::read_to_string(pack("picture").join("pack.toml")).unwrap();
    let output = text.split("[[generator.outputs]]").nth(1).unwrap();
    assert!(output.contains(shape));
    let dark = output
        .replace("scale = 0.0", "scale = -0.0")
        .replace("offset = -1.0", "offset = 1.0");
    assert!(refused(rewritten("picture", output, &dark).path()));
    // One that is shown the person where it wants the garment: it makes the old clothes.
    let swapped = rewritten("picture", "role = \"garment\"\n", "role = \"person\"\n");
    assert!(refused(swapped.path()));
}

#[test]
fn packs_that_cannot_be_used_say_why() {
    let refused = |folder: &Path, why: &str| {
        let error = engine().with_generator(folder).err().unwrap();
        let said = error.to_string();
        assert!(said.contains(why), "{said}");
        error
    };
    let digest = rewritten("flow", "sha256 = \"", "sha256 = \"0");
    assert!(matches!(
        refused(digest.path(), "is not the file"),
        LoadError::Digest { .. }
    ));
    for (from, to, why) in [
        ("[\"tops\"]", "[\"hats\"]", "categories"),
        ("[\"tops\"]", "[]", "categories"),
        ("role = \"flow\"", "role = \"picture\"", "outputs"),
        (
            "shape = [1, 2, 128, 96]",
            "shape = [1, 2, 64, 48]",
            "other shapes",
        ),
        (
            "licence = \"Apache-2.0 OR MIT\"",
            "licence = \"\"",
            "licence",
        ),
        (
            "training_data = \"none: the weights are worked out\"",
            "training_data = \" \"",
            "training_data",
        ),
        (
            "file = \"generator.onnx\"",
            "file = \"../generator.onnx\"",
            "plain file name",
        ),
        ("offset = 0.0", "offset = nan", "numbers"),
        ("role = \"region\"", "role = \"sample\"", "cannot be"),
        (
            "generator.self_test",
            "generator.self_tested",
            "unknown field",
        ),
    ] {
        refused(rewritten("flow", from, to).path(), why);
    }
    for (from, to, why) in [
        ("steps = 12", "steps = 0", "steps are not"),
        ("steps = 12", "steps = 101", "steps are not"),
        ("guidance = 1.0", "guidance = -1.0", "guidance"),
        ("scaled-linear", "wavy", "unknown variant"),
        ("beta = [0.00085, 0.012]", "beta = [0.012, 0.00085]", "beta"),
        ("times = 1000", "times = 0", "times"),
        (
            "role = \"prediction\"",
            "role = \"encoded\"",
            "one prediction",
        ),
        ("role = \"time\"", "role = \"sample\"", "other shapes"),
        (
            "name = \"wanted\"\ndropped",
            "name = \"unheard\"\ndropped",
            "earlier encoder",
        ),
        (
            "name = \"wanted\"\n\n[diffusion.e",
            "\n[diffusion.e",
            "different names",
        ),
        ("categories = [\"tops\"]", "categories = []", "categories"),
    ] {
        refused(rewritten("steps", from, to).path(), why);
    }
    // A pack of the other kind.
    refused(&root().join("models/drape-2026.2"), "generator");
}

#[test]
fn a_picture_comes_out_of_noise_step_by_step() {
    let made = |folder: &Path, wanted: Wanted| {
        let engine = engine_of(folder).unwrap();
        let mut heard = Vec::new();
        let result = try_on_as(&engine, wanted, |stage, fraction| {
            heard.push((stage, fraction));
            ControlFlow::Continue(())
        });
        let pixels = image::load_from_memory(&result.unwrap().png)
            .unwrap()
            .to_rgb8();
        (pixels, heard)
    };
    let apart = |a: &image::RgbImage, b: &image::RgbImage| {
        let apart = a
            .iter()
            .zip(b.iter())
            .map(|(a, b)| f64::from(a.abs_diff(*b)));
        apart.sum::<f64>() / f64::from(u32::try_from(a.len()).unwrap())
    };
    let own = Wanted::default();
    let (steps, heard) = made(&pack("steps"), own);
    let heard_of =
        |heard: &[(Stage, f32)], stage| heard.iter().filter(|(at, _)| *at == stage).count();
    // The stage itself, the encoder, twelve steps, the decoder.
    assert_eq!(heard_of(&heard, Stage::Compose), 15);
    assert!(
        heard.windows(2).all(|pair| pair[0].1 <= pair[1].1),
        "{heard:?}"
    );
    // The same picture as when it is made at once, but for the denoiser's grain.
    let (once, _) = made(&pack("picture"), own);
    let geometric = tee(&engine()).unwrap();
    let geometric = image::load_from_memory(&geometric.png).unwrap().to_rgb8();
    assert!(apart(&steps, &once) < 1.5, "{}", apart(&steps, &once));
    assert!(apart(&steps, &once) < apart(&steps, &geometric));
    // In a hurry with fewer steps; with another seed another grain, and with the same the same.
    let fast = Wanted { fast: true, ..own };
    let (hurried, heard) = made(&pack("steps"), fast);
    assert_eq!(heard_of(&heard, Stage::Compose), 7);
    let (other, _) = made(&pack("steps"), Wanted { seed: 1, ..own });
    for another in [&hurried, &other] {
        assert_ne!(*another, steps);
        assert!(apart(another, &steps) < 1.0);
    }
    // Away from what it says of nothing: a picture with more of everything, and one of nothing at all.
    let strong = rewritten("steps", "guidance = 1.0", "guidance = 1.1");
    let (strong, _) = made(strong.path(), own);
    assert!(apart(&strong, &steps) > 0.3);
    let none = rewritten("steps", "guidance = 1.0", "guidance = 0.0");
    let none = engine_of(none.path()).unwrap();
    assert!(matches!(
        tee(&none),
        Err(TryOnError::Refused(Refusal::ResultImplausible))
    ));
}

#[test]
fn one_that_takes_steps_can_be_stopped_between_them() {
    let engine = engine_of(&pack("steps")).unwrap();
    let mut heard = 0;
    let stopped = try_on_as(&engine, Wanted::default(), |stage, _| {
        heard += usize::from(stage == Stage::Compose);
        if heard == 5 {
            return ControlFlow::Break(());
        }
        ControlFlow::Continue(())
    });
    assert!(matches!(stopped, Err(TryOnError::Stopped)));
    assert_eq!(heard, 5);
}

#[test]
fn networks_say_here_what_they_said_where_they_were_made() {
    for (name, networks) in [
        ("flow", &["generator"][..]),
        ("picture", &["generator"]),
        ("steps", &["encoder", "denoiser", "decoder"]),
    ] {
        let reports = self_test(&pack(name), &Runtime::default()).unwrap();
        let tested: Vec<&str> = reports.iter().map(|report| report.network).collect();
        assert_eq!(tested, networks);
        for report in reports {
            assert!(report.passed(), "{name}: {report:?}");
        }
        engine_of(&pack(name))
            .unwrap()
            .require_self_tests()
            .unwrap();
    }
    let other = rewritten("picture", "means = [-0.25", "means = [-0.24");
    let error = engine_of(other.path())
        .unwrap()
        .require_self_tests()
        .unwrap_err();
    assert!(matches!(
        error,
        LoadError::SelfTest {
            network: "generator",
            ..
        }
    ));
    assert!(error.to_string().contains("differ by 0.010"), "{error}");
    let fewer = rewritten("picture", "means = [-0.25000, ", "means = [");
    assert!(self_test(fewer.path(), &Runtime::default()).is_err());
    // A pack whose networks were not asked where they were made is believed.
    let text = std::fs::read_to_string(pack("flow").join("pack.toml")).unwrap();
    let (_, told) = text.split_once("\n[generator.self_test]").unwrap();
    let untested = rewritten("flow", &format!("\n[generator.self_test]{told}"), "");
    assert!(
        self_test(untested.path(), &Runtime::default())
            .unwrap()
            .is_empty()
    );
}

#[test]
fn packs_are_exchanged_while_the_engine_works() {
    let folder = rewritten("flow", "version = \"1.0.0\"", "version = \"1.0.0\"");
    let path = folder.path().to_owned();
    let reloadable = Reloadable::new(move || engine_of(&path)).unwrap();
    let version = || TryOn::describe(&reloadable).packs[1].version.clone();
    assert_eq!(version(), "1.0.0");
    let manifest = folder.path().join("pack.toml");
    let text = std::fs::read_to_string(&manifest).unwrap();
    std::fs::write(&manifest, text.replace("1.0.0", "1.1.0")).unwrap();
    assert_eq!(version(), "1.0.0");
    let label = reloadable.reload().unwrap().label();
    assert!(
        label.ends_with(" + drape-2026.2 2026.2.5 + worked-out-flow 1.1.0"),
        "{label}"
    );
    assert_eq!(version(), "1.1.0");
    // One that cannot be loaded changes nothing.
    std::fs::write(&manifest, "name = 7").unwrap();
    assert!(reloadable.reload().is_err());
    assert_eq!(version(), "1.1.0");
}
