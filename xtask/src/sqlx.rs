//! `.sqlx`: what PostgreSQL says about each query, so that the project compiles without a database.
//!
//! The query macros are run once against a private server that has the schemas of `projector/migrations` and `identity/migrations`. They run when
//! rustc does, so the crates with SQL are made to look changed for one `cargo clippy`; their times are put back after it.

use std::{
    path::{Path, PathBuf},
    process::Command,
    time::SystemTime,
};

use anyhow::{Context, bail};

use crate::{
    cargo::cargo,
    generated::{Mode, read, settle},
};

const CRATES: [&str; 3] = ["projector", "query-api", "identity"];

pub(crate) fn run(root: &Path, mode: Mode) -> anyhow::Result<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    let postgres = runtime.block_on(testkit::Postgres::start())?;
    let database = runtime.block_on(postgres.fresh_database())?;
    migrate(root, &database)?;
    let fresh = tempfile::tempdir()?;
    describe(root, &database, fresh.path(), mode)?;
    let wanted = read(fresh.path(), ".json")?;
    if wanted.is_empty() {
        bail!("the macros described no query");
    }
    settle(
        &root.join(".sqlx"),
        ".json",
        &wanted,
        mode,
        "cargo xtask sqlx",
    )?;
    println!("xtask sqlx: {} queries", wanted.len());
    Ok(())
}

/// Applies the migrations in the order of their names, each in one transaction, as their owners do.
fn migrate(root: &Path, database: &str) -> anyhow::Result<()> {
    execute(database, &["--command", "CREATE SCHEMA identity"])?;
    for owner in ["projector", "identity"] {
        migrate_from(&root.join(owner).join("migrations"), database)?;
    }
    Ok(())
}

fn migrate_from(folder: &Path, database: &str) -> anyhow::Result<()> {
    let mut files: Vec<PathBuf> = std::fs::read_dir(folder)
        .context("cannot read the migrations")?
        .map(|entry| entry.map(|entry| entry.path()))
        .collect::<Result<_, _>>()?;
    files.retain(|file| file.extension().is_some_and(|ending| ending == "sql"));
    files.sort();
    for file in files {
        let file = file.to_str().context("a migration has an odd name")?;
        execute(database, &["--file", file])?;
    }
    Ok(())
}

fn execute(database: &str, what: &[&str]) -> anyhow::Result<()> {
    let done = Command::new(psql()?)
        .args(["--no-psqlrc", "--quiet", "--single-transaction"])
        .args(["--set", "ON_ERROR_STOP=1", "--dbname", database])
        .args(what)
        .output()
        .context("cannot run psql")?;
    if !done.status.success() {
        let said = String::from_utf8_lossy(&done.stderr);
        bail!("{} failed: {said}", what.join(" "));
    }
    Ok(())
}

/// `psql` beside the server's own programs, or in PATH.
#[expect(
    clippy::disallowed_methods,
    reason = "the same two places that the servers of tests are found in"
)]
fn psql() -> anyhow::Result<PathBuf> {
    if let Ok(folder) = std::env::var("DRAPE_POSTGRES_BIN") {
        return Ok(Path::new(&folder).join("psql"));
    }
    let path = std::env::var("PATH").unwrap_or_default();
    let debian = std::fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .flatten();
    std::env::split_paths(&path)
        .chain(debian.map(|version| version.path().join("bin")))
        .map(|folder| folder.join("psql"))
        .find(|program| program.is_file())
        .context("no psql: run ops/install")
}

fn describe(root: &Path, database: &str, folder: &Path, mode: Mode) -> anyhow::Result<()> {
    // Views name their tables without a schema.
    let database = format!("{database}?options[search_path]=drape,public");
    let roots = CRATES.map(|name| root.join(name).join("src/lib.rs"));
    let mut times = vec![];
    for file in &roots {
        times.push(file.metadata()?.modified()?);
        touch(file, now())?;
    }
    // The lints' own command line: what they have checked already is not compiled once more for this.
    let mut check = cargo(root);
    check.args(["clippy", "--quiet", "--workspace", "--all-targets"]);
    if mode == Mode::Compare {
        check.args(["--", "--deny", "warnings"]);
    }
    let status = check
        .env("SQLX_OFFLINE", "false")
        .env("DATABASE_URL", database)
        .env("SQLX_OFFLINE_DIR", folder)
        .status();
    for (file, time) in roots.iter().zip(times) {
        touch(file, time)?;
    }
    if !status.context("cannot run cargo clippy")?.success() {
        bail!("the crates with SQL do not compile against the schema");
    }
    Ok(())
}

#[expect(clippy::disallowed_methods, reason = "a file's time, not a decision's")]
fn now() -> SystemTime {
    SystemTime::now()
}

fn touch(file: &Path, time: SystemTime) -> anyhow::Result<()> {
    let file = std::fs::File::options().write(true).open(file)?;
    file.set_modified(time)?;
    Ok(())
}
