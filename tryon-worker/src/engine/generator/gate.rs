//! Looks at what a network of others made, beside what geometry makes of the same pictures.

use super::super::error::{Refusal, TryOnError};
use super::super::pack::Network;
use super::super::parse::part;
use super::super::person::Scene;
use super::super::raster::{Colours, Plane, lab};
use super::super::view::{self, Window};
use super::whole;

/// Cells across and down in which colours are compared: a print may lie a little elsewhere, but not have other colours.
const CELLS: [usize; 2] = [6, 8];
/// How far the colours of a cell may be apart in CIE L*a*b*: on average and at most.
const COLOUR_APART: [f32; 2] = [12.0, 40.0];
/// The share of what either covers that both have to cover.
const SHARED: f32 = 0.65;
/// Bare skin of the torso that may be more than before, as a share of the garment.
const BARE: f32 = 0.03;

/// Whether both garments cover much the same.
pub(super) fn place(geometric: &Plane, made: &Plane) -> Result<(), Refusal> {
    let (mut both, mut either) = (0.0, 0.0);
    for (a, b) in geometric.data.iter().zip(&made.data) {
        both += a.min(*b);
        either += a.max(*b);
    }
    if either > 0.0 && both / either >= SHARED {
        Ok(())
    } else {
        Err(Refusal::ResultImplausible)
    }
}

/// Whether the garment has its own colours.
pub(super) fn colours(garment: &Plane, geometric: &Colours, made: &Colours) -> Result<(), Refusal> {
    let [across, down] = CELLS;
    let (cell_width, cell_height) = (
        garment.width.div_ceil(across).max(1),
        garment.height.div_ceil(down).max(1),
    );
    let mut apart = Vec::new();
    for y0 in (0..garment.height).step_by(cell_height) {
        for x0 in (0..garment.width).step_by(cell_width) {
            let (x1, y1) = (
                garment.width.min(x0 + cell_width),
                garment.height.min(y0 + cell_height),
            );
            let inside: Vec<usize> = (y0..y1)
                .flat_map(|y| (x0..x1).map(move |x| y * garment.width + x))
                .filter(|i| garment.data[*i] > 0.95)
                .collect();
            if inside.len() * 2 < (x1 - x0) * (y1 - y0) {
                continue;
            }
            let [a, b] = [geometric, made].map(|picture| mean(picture, &inside));
            let squares = a.iter().zip(b).map(|(a, b)| (a - b).powi(2));
            apart.push(squares.sum::<f32>().sqrt());
        }
    }
    let average = apart.iter().sum::<f32>() / apart.len().max(1) as f32;
    let largest = apart.iter().copied().fold(0.0, f32::max);
    if apart.is_empty() || average > COLOUR_APART[0] || largest > COLOUR_APART[1] {
        return Err(Refusal::ResultImplausible);
    }
    Ok(())
}

/// The mean colour of some pixels as L*a*b*.
fn mean(picture: &Colours, pixels: &[usize]) -> [f32; 3] {
    let mut sum = [0.0; 3];
    for i in pixels {
        for (sum, value) in sum.iter_mut().zip(picture.data[*i]) {
            *sum += value;
        }
    }
    lab(sum.map(|v| v / pixels.len().max(1) as f32))
}

/// Whether no more of the torso is bare than where geometry dressed it, as the person network sees both.
pub(super) fn bare_skin(
    network: &Network,
    scene: &Scene<'_>,
    garment: &Plane,
    pictures: [&Colours; 2],
) -> Result<(), TryOnError> {
    let bare = |picture: &Colours| -> Result<f32, TryOnError> {
        let mut photo = scene.person.photo.map(|c| c.map(f32::from));
        for (y, row) in picture.data.chunks_exact(picture.width).enumerate() {
            let from = (scene.area.y + y) * photo.width + scene.area.x;
            photo.data[from..from + picture.width].copy_from_slice(row);
        }
        let window: Window = whole(&photo);
        let view = view::look(network, &photo, window, None, None)?;
        let skin = &view.parts[part::TORSO_SKIN];
        let pixel = (window.width / skin.width as f32) * (window.height / skin.height as f32);
        Ok(skin.data.iter().filter(|v| **v > 0.5).count() as f32 * pixel)
    };
    let (geometric, made) = (bare(pictures[0])?, bare(pictures[1])?);
    let covered: f32 = garment.data.iter().sum();
    if made > geometric + BARE * covered {
        return Err(Refusal::ResultImplausible.into());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn garment() -> Plane {
        Plane::filled(60, 80, 1.0)
    }

    fn checked(colours: [[f32; 3]; 2]) -> Colours {
        Colours::from_fn(60, 80, |x, y| colours[(x / 2 + y / 2) % 2])
    }

    #[test]
    fn a_print_may_move_but_not_change_its_colours() {
        let [red, white] = [[180.0, 40.0, 40.0], [240.0; 3]];
        let geometric = checked([red, white]);
        assert!(colours(&garment(), &geometric, &checked([white, red])).is_ok());
        let blue = checked([[40.0, 60.0, 180.0], white]);
        assert_eq!(
            colours(&garment(), &geometric, &blue),
            Err(Refusal::ResultImplausible)
        );
        // Nothing to compare says nothing good.
        assert!(colours(&Plane::filled(60, 80, 0.0), &geometric, &geometric).is_err());
    }

    #[test]
    fn a_garment_elsewhere_is_thrown_away() {
        let left = Plane::from_fn(60, 80, |x, _| if x < 30 { 1.0 } else { 0.0 });
        let right = left.map(|v| 1.0 - v);
        assert!(place(&left, &left).is_ok());
        assert_eq!(place(&left, &right), Err(Refusal::ResultImplausible));
        let nothing = Plane::filled(60, 80, 0.0);
        assert_eq!(place(&nothing, &nothing), Err(Refusal::ResultImplausible));
    }
}
