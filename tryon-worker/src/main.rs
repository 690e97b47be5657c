//! The try-on worker's command line: render one try-on or many, look at model packs, or serve.

mod bench;
mod evaluate;
mod models;
mod silence;
mod sketch;

use std::ops::ControlFlow;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::Context;
use clap::{Parser, Subcommand};
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio_util::sync::CancellationToken;
use tryon_worker::{
    engine::{Category, Engine, LoadError, Runtime, TryOnError, TryOnInput, Wanted},
    reload::Reloadable,
    service::{ServeOptions, serve},
};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[derive(Parser, Clone)]
#[command(
    name = "drape-tryon-worker",
    version,
    about = "Puts garments on people in photos"
)]
struct Arguments {
    /// Folder of the model pack.
    #[arg(
        long,
        env = "DRAPE_MODEL_PACK",
        default_value = "tryon-worker/models/drape-2026.2",
        global = true
    )]
    pack: PathBuf,
    /// Folder of a pack whose network makes the pictures of the categories that it was made for.
    #[arg(long, env = "DRAPE_GENERATOR_PACK", global = true)]
    generator: Option<PathBuf>,
    /// An onnxruntime (`libonnxruntime.so`) that runs the networks in place of tract.
    #[arg(long, env = "DRAPE_ONNXRUNTIME", global = true)]
    onnxruntime: Option<PathBuf>,
    #[command(subcommand)]
    command: Command,
}

impl Arguments {
    fn runtime(&self) -> Result<Runtime, LoadError> {
        let library = self.onnxruntime.as_deref();
        library.map_or(Ok(Runtime::default()), Runtime::onnxruntime)
    }

    fn engine(&self) -> Result<Engine, LoadError> {
        self.engine_on(self.runtime()?)
    }

    fn engine_on(&self, runtime: Runtime) -> Result<Engine, LoadError> {
        let engine = Engine::load_with(&self.pack, runtime)?;
        match &self.generator {
            Some(pack) => engine.with_generator(pack),
            None => Ok(engine),
        }
    }

    /// One that others may rely on: its networks see here what they saw where they were made.
    fn tested_engine_on(&self, runtime: Runtime) -> Result<Engine, LoadError> {
        let engine = self.engine_on(runtime)?;
        engine.require_self_tests()?;
        Ok(engine)
    }
}

#[derive(Subcommand, Clone)]
enum Command {
    /// Takes requested try-ons from the event log until it is told to stop.
    Serve(ServeOptions),
    /// Makes one try-on from two picture files.
    Render {
        /// Photo of a person, seen from the front.
        #[arg(long)]
        person: PathBuf,
        /// Picture of a garment on a plain background.
        #[arg(long)]
        garment: PathBuf,
        /// tops, bottoms, dresses or outerwear.
        #[arg(long)]
        category: String,
        /// Where to write the PNG.
        #[arg(long)]
        out: PathBuf,
        /// Another number, another result, with packs whose networks begin with noise.
        #[arg(long, default_value_t = 0)]
        seed: u32,
        /// How often to run; the last run's times are printed.
        #[arg(long, default_value_t = 1)]
        repeat: u32,
    },
    /// Makes many try-ons and prints a JSON line of figures for each.
    Evaluate {
        /// JSON lines with name, person, garment (paths relative to this file) and category.
        #[arg(long)]
        list: PathBuf,
        /// Folder for the pictures.
        #[arg(long)]
        out: PathBuf,
    },
    /// Writes what the settling network is trained with, as arrays (`.npy`): garments on bodies as geometry alone would lay them.
    Sketch {
        /// JSON lines as for `evaluate`.
        #[arg(long)]
        list: PathBuf,
        /// Folder for the arrays.
        #[arg(long)]
        out: PathBuf,
    },
    /// Looks at model packs.
    #[command(subcommand)]
    Models(Models),
}

#[derive(Subcommand, Clone)]
enum Models {
    /// Lists the packs in a folder and whether their files are those that they name.
    List {
        /// The folder with the packs.
        #[arg(long, default_value = "tryon-worker/models")]
        folder: PathBuf,
    },
    /// Asks the networks of `--pack` and `--generator` the questions whose answers the packs hold, and whether the latter's make something.
    Verify,
    /// Measures try-ons and networks.
    Bench {
        /// JSON lines with name, person, garment (paths relative to this file) and category.
        #[arg(long)]
        list: PathBuf,
        /// Looks of each network.
        #[arg(long, default_value_t = 40)]
        looks: usize,
        /// One JSON document instead of a table.
        #[arg(long)]
        json: bool,
    },
}

/// The exit code of a refusal.
const REFUSED: u8 = 2;

fn main() -> anyhow::Result<ExitCode> {
    let arguments = Arguments::parse();
    if arguments.onnxruntime.is_some() {
        silence::keep()?;
    }
    match &arguments.command {
        Command::Serve(options) => {
            serve_until_told(&arguments, options.clone()).map(|()| ExitCode::SUCCESS)
        }
        Command::Render {
            person,
            garment,
            category,
            out,
            seed,
            repeat,
        } => {
            let engine = arguments.engine()?;
            let category: Category = category.parse().map_err(|e| anyhow::anyhow!("{e}"))?;
            let person = std::fs::read(person)
                .with_context(|| format!("cannot read {}", person.display()))?;
            let garment = std::fs::read(garment)
                .with_context(|| format!("cannot read {}", garment.display()))?;
            let input = TryOnInput {
                person: &person,
                garment: &garment,
                category,
            };
            let wanted = Wanted {
                seed: *seed,
                ..Wanted::default()
            };
            let make = || engine.try_on_as(wanted, &input, |_, _| ControlFlow::Continue(()));
            let mut answer = make();
            for _ in 1..*repeat {
                answer = make();
            }
            report(answer, out)
        }
        Command::Evaluate { list, out } => {
            let engine = arguments.engine()?;
            evaluate::run(&engine, list, out, &mut std::io::stdout().lock())?;
            Ok(ExitCode::SUCCESS)
        }
        Command::Sketch { list, out } => {
            let engine = arguments.engine()?;
            sketch::run(&engine, list, out, &mut std::io::stdout().lock())?;
            Ok(ExitCode::SUCCESS)
        }
        Command::Models(Models::List { folder }) => {
            models::list(folder, &arguments.runtime()?, &mut std::io::stdout().lock())?;
            Ok(ExitCode::SUCCESS)
        }
        Command::Models(Models::Bench { list, looks, json }) => {
            let engine = arguments.engine()?;
            let found = bench::run(&engine, list, *looks)?;
            bench::print(&found, *json, &mut std::io::stdout().lock())?;
            Ok(ExitCode::SUCCESS)
        }
        Command::Models(Models::Verify) => {
            let passed = models::verify(
                &arguments.pack,
                arguments.generator.as_deref(),
                &arguments.runtime()?,
                &mut std::io::stdout().lock(),
            )?;
            Ok(if passed {
                ExitCode::SUCCESS
            } else {
                ExitCode::FAILURE
            })
        }
    }
}

#[tokio::main]
async fn serve_until_told(arguments: &Arguments, options: ServeOptions) -> anyhow::Result<()> {
    telemetry::init(telemetry::LogFormat::Text, "info")?;
    let runtime = arguments.runtime()?;
    tracing::info!("networks are run by {runtime}");
    let arguments = arguments.clone();
    let load = move || arguments.tested_engine_on(runtime.clone());
    let engine = Arc::new(Reloadable::new(load)?);
    let stop = CancellationToken::new();
    let serving = tokio::spawn(serve(options, engine.clone(), stop.clone()));
    tokio::spawn(reload_when_told(engine, signal(SignalKind::hangup())?));
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    let told = async {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
        stop.cancel();
        std::future::pending::<()>().await;
    };
    tokio::select! {
        ended = serving => ended?.context("the worker cannot serve"),
        () = told => Ok(()),
    }
}

/// Loads the packs anew whenever SIGHUP comes.
async fn reload_when_told(engine: Arc<Reloadable>, mut told: Signal) {
    while told.recv().await.is_some() {
        let engine = Arc::clone(&engine);
        match tokio::task::spawn_blocking(move || engine.reload()).await {
            Ok(Ok(description)) => tracing::info!("loaded anew: {}", description.label()),
            Ok(Err(error)) => tracing::error!(
                "the packs cannot be loaded, and the engine stays as it was: {}",
                telemetry::chain(&error)
            ),
            Err(error) => tracing::error!("the packs were not loaded: {error}"),
        }
    }
}

#[expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "this is a command line"
)]
fn report(
    answer: Result<tryon_worker::engine::TryOnOutput, TryOnError>,
    out: &std::path::Path,
) -> anyhow::Result<ExitCode> {
    match answer {
        Ok(result) => {
            std::fs::write(out, &result.png)
                .with_context(|| format!("cannot write {}", out.display()))?;
            for (stage, ms) in &result.stages {
                println!("{:8} {ms:7.1} ms", stage.name());
            }
            println!(
                "total    {:7.1} ms",
                result.stages.iter().map(|s| s.1).sum::<f64>()
            );
            Ok(ExitCode::SUCCESS)
        }
        Err(TryOnError::Refused(refusal)) => {
            eprintln!("refused: {}: {refusal}", refusal.code());
            Ok(ExitCode::from(REFUSED))
        }
        Err(other) => Err(other.into()),
    }
}
