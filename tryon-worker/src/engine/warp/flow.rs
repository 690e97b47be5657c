//! A garment laid on the body by a network's flow instead of by geometry: its own texels, resampled once.

use super::super::error::Refusal;
use super::super::garment::Garment;
use super::super::geometry::sub;
use super::super::raster::Plane;
use super::super::view::Window;
use super::Dressed;
use super::source::Source;

/// For places of a photo, which points of a garment picture belong there.
pub(crate) struct Flow {
    /// What of the photo the planes show.
    pub(crate) window: Window,
    /// The garment point's x and y, in pixels of its picture.
    pub(crate) places: [Plane; 2],
    /// How much of the place the garment covers (0..=1).
    pub(crate) coverage: Plane,
}

impl Dressed {
    /// The same body with the garment where a flow has it, in one piece.
    pub(crate) fn by_flow(&self, garment: &Garment, flow: &Flow) -> Result<Self, Refusal> {
        let stretch = flow.stretch()?;
        let source = Source::new(&garment.cutout, 1.0 / stretch);
        let [across, down] = &flow.places;
        let area = self.area;
        let place = |x: usize, y: usize| {
            let at = [x as f32 + 0.5, y as f32 + 0.5];
            let [u, v] = flow.window.within(at, across);
            [across.sample(u, v), down.sample(u, v)]
        };
        let mut front = source.placed(area, place);
        for (i, alpha) in front.alpha.data.iter_mut().enumerate() {
            let (x, y) = area.pixel(i);
            let at = [x as f32 + 0.5, y as f32 + 0.5];
            let [u, v] = flow.window.within(at, &flow.coverage);
            *alpha *= flow.coverage.sample(u, v);
        }
        Ok(Self {
            area,
            behind: self.behind.clone(),
            front,
            limbs: Vec::new(),
            under: Vec::new(),
            cover: None,
            sleeve_ends: self.sleeve_ends,
            collar: self.collar,
            neckline: self.neckline.clone(),
        })
    }
}

impl Flow {
    /// Pixels of the garment per pixel of the photo, as the middle of all covered places has it; refuses cloth that turns over, or is
    /// squeezed or stretched beyond measure, in more than a twentieth of its places.
    fn stretch(&self) -> Result<f32, Refusal> {
        let [across, down] = &self.places;
        let (width, height) = (across.width, across.height);
        let pixel = [
            self.window.width / width as f32,
            self.window.height / height as f32,
        ];
        let at = |i: usize| [across.data[i], down.data[i]];
        let covers = |i: usize| {
            let (x, y) = (i % width, i / width);
            let place = [
                (x as f32 + 0.5) * self.coverage.width as f32 / width as f32,
                (y as f32 + 0.5) * self.coverage.height as f32 / height as f32,
            ];
            self.coverage.sample(place[0], place[1]) > 0.5
        };
        let mut areas: Vec<f32> = (0..height.saturating_sub(1))
            .flat_map(|y| (0..width.saturating_sub(1)).map(move |x| y * width + x))
            .filter(|i| covers(*i))
            .map(|i| {
                let (u, v) = (sub(at(i + 1), at(i)), sub(at(i + width), at(i)));
                (u[0] * v[1] - u[1] * v[0]) / (pixel[0] * pixel[1])
            })
            .collect();
        areas.sort_by(f32::total_cmp);
        let Some(usual) = areas.get(areas.len() / 2).copied().filter(|a| *a > 1e-3) else {
            return Err(Refusal::ResultImplausible);
        };
        let bad = areas
            .iter()
            .filter(|area| !(0.08 * usual..8.0 * usual).contains(*area))
            .count();
        if bad * 20 > areas.len() {
            return Err(Refusal::ResultImplausible);
        }
        Ok(usual.sqrt())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn flow(place: impl Fn(f32, f32) -> [f32; 2] + Sync) -> Flow {
        let plane = |axis: usize| Plane::from_fn(24, 32, |x, y| place(x as f32, y as f32)[axis]);
        Flow {
            window: Window::around(0.0, 0.0, 240.0, 320.0),
            places: [plane(0), plane(1)],
            coverage: Plane::filled(24, 32, 1.0),
        }
    }

    #[test]
    fn cloth_neither_turns_over_nor_tears() {
        let half = flow(|x, y| [5.0 * x, 5.0 * y]);
        assert!((half.stretch().unwrap() - 0.5).abs() < 1e-3);
        // The mirror image shows the inside.
        assert!(flow(|x, y| [-5.0 * x, 5.0 * y]).stretch().is_err());
        // A fold in the middle third.
        let folded = flow(|x, y| [if (8.0..16.0).contains(&x) { -x } else { x } * 5.0, 5.0 * y]);
        assert!(folded.stretch().is_err());
        assert!(flow(|_, _| [3.0; 2]).stretch().is_err());
    }
}
