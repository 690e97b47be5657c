//! Projections for people: `drape projections` and `/v1/admin`.

mod admin_api;
mod answers;
mod commands;
mod dead_letters;

pub(crate) use self::{
    admin_api::{Admin, admin},
    commands::{ProjectionsCommand, run},
};
