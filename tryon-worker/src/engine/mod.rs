//! Puts a garment from its picture on a person in a front-view photo. Knows nothing of logs, queues or HTTP.
//!
//! decode → parse → warp → relight → compose → verify → mark → encode. Geometry and original texels only: nothing is
//! dreamt up but what the old garment hid.

mod area;
mod backdrop;
mod blur;
mod body;
mod check;
mod compose;
mod cutout;
mod decode;
mod digests;
mod distance;
mod erase;
mod error;
mod garment;
mod generator;
mod geometry;
mod hands;
mod light;
mod mark;
mod matte;
mod operators;
mod pack;
mod parse;
mod person;
mod plane_network;
mod raster;
mod reconcile;
mod runner;
mod seal;
mod self_test;
mod shape;
mod sharpness;
mod silhouette;
mod try_on;
mod view;
mod warp;

pub use domain::shared::Category;

pub use self::{
    check::{Finding, Look, Subject},
    cutout::CutoutFile,
    error::{LoadError, Refusal, TryOnError},
    mark::DIGITAL_SOURCE_TYPE,
    pack::Provenance,
    runner::Runtime,
    self_test::{Difference, SelfTestReport, self_test},
    try_on::{
        Description, Engine, GENERATOR, LONGEST, Stage, TryOnInput, TryOnOutput, Wanted, inspect,
    },
    warp::Sketch,
};
