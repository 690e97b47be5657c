//! An engine that can be exchanged while it works.

use std::{
    ops::ControlFlow,
    sync::{Arc, PoisonError, RwLock},
};

use domain::shared::Category;

use crate::{
    engine::{Engine, LoadError},
    service::{Description, Failure, Finding, Finished, Looked, TryOn, Wish},
};

/// An engine and how to load it anew. Try-ons that are under way end with the engine that they began with.
pub struct Reloadable {
    current: RwLock<Arc<Engine>>,
    load: Box<dyn Fn() -> Result<Engine, LoadError> + Send + Sync>,
}

impl Reloadable {
    /// Loads the engine for the first time.
    pub fn new(
        load: impl Fn() -> Result<Engine, LoadError> + Send + Sync + 'static,
    ) -> Result<Self, LoadError> {
        Ok(Self {
            current: RwLock::new(Arc::new(load()?)),
            load: Box::new(load),
        })
    }

    /// Loads the packs anew; all that begins after this uses them. Where they cannot be loaded, the engine stays as it was.
    pub fn reload(&self) -> Result<Description, LoadError> {
        let engine = Arc::new((self.load)()?);
        let description = TryOn::describe(engine.as_ref());
        *self.current.write().unwrap_or_else(PoisonError::into_inner) = engine;
        Ok(description)
    }

    fn current(&self) -> Arc<Engine> {
        Arc::clone(&self.current.read().unwrap_or_else(PoisonError::into_inner))
    }
}

impl TryOn for Reloadable {
    fn try_on(
        &self,
        person: &[u8],
        garment: &[u8],
        category: Category,
        wish: Wish,
        progress: &mut (dyn FnMut(&'static str, f32) -> ControlFlow<()> + Send),
    ) -> Result<Finished, Failure> {
        TryOn::try_on(
            self.current().as_ref(),
            person,
            garment,
            category,
            wish,
            progress,
        )
    }

    fn check(
        &self,
        person: &[u8],
        garment: &[u8],
        category: Category,
    ) -> Result<Vec<Finding>, Failure> {
        TryOn::check(self.current().as_ref(), person, garment, category)
    }

    fn look(&self, garment: &[u8], category: Category) -> Result<Looked, Failure> {
        TryOn::look(self.current().as_ref(), garment, category)
    }

    fn describe(&self) -> Description {
        TryOn::describe(self.current().as_ref())
    }

    fn forget_idle(&self) {
        TryOn::forget_idle(self.current().as_ref());
    }
}
