//! How blurred a person is in a photo: an edge that was blurred loses little by being blurred some more.

use super::parse::{Parse, part};
use super::raster::{Colours, Plane};

/// Torso lengths are measured at so many pixels at most.
const TORSO: f32 = 160.0;
/// Standard deviations of the two blurs that are compared, in torso lengths.
const FINE: f32 = 0.006;
const COARSE: f32 = 0.04;
/// The share of the person's pixels, those of the strongest edges, that are looked at.
const EDGES: f32 = 0.05;

/// The standard deviation of the blur at the person's strongest edges, in torso lengths. Contrast does not count: neither
/// soft light nor plain cloth is a blur.
pub(crate) fn blur(photo: &Colours, parse: &Parse, torso_length: f32) -> f32 {
    let scale = (TORSO / torso_length).min(1.0);
    let size = [photo.width, photo.height].map(|n| ((n as f32 * scale) as usize).max(8));
    let unit = torso_length * scale;
    let light = photo.luminance().resized(size[0], size[1]);
    let person = parse.half[part::BACKGROUND].resized(size[0], size[1]);
    let fine = steepness(&light.blur(FINE * unit));
    let coarse = steepness(&light.blur(COARSE * unit));
    let reach = (COARSE * unit).ceil() as usize;
    let inner = |i: usize| {
        let (x, y) = (i % size[0], i / size[0]);
        x >= reach && y >= reach && x + reach < size[0] && y + reach < size[1]
    };
    let mut edges: Vec<usize> = (0..light.data.len())
        .filter(|i| person.data[*i] < 0.6 && inner(*i))
        .collect();
    edges.sort_by(|a, b| coarse.data[*b].total_cmp(&coarse.data[*a]));
    edges.truncate(((edges.len() as f32 * EDGES) as usize).max(1));
    let mut ratios: Vec<f32> = edges
        .iter()
        .map(|i| {
            let (x, y) = (i % size[0], i / size[0]);
            let mut steepest = 0.0_f32;
            for row in y - reach..=y + reach {
                for v in &fine.data[row * size[0]..][x - reach..=x + reach] {
                    steepest = steepest.max(*v);
                }
            }
            steepest / coarse.data[*i].max(1e-3)
        })
        .collect();
    ratios.sort_by(f32::total_cmp);
    let ratio = ratios.get(ratios.len() / 2).copied().unwrap_or(1.0);
    blur_of(ratio)
}

/// The blur of an edge that is so many times steeper after the fine blur than after the coarse one.
fn blur_of(ratio: f32) -> f32 {
    let square = ratio * ratio;
    if square <= 1.0 {
        return f32::INFINITY;
    }
    let blur = (COARSE * COARSE - square * FINE * FINE) / (square - 1.0);
    blur.max(0.0).sqrt()
}

/// How much a plane rises a pixel, in the direction in which it rises most.
fn steepness(plane: &Plane) -> Plane {
    Plane::from_fn(plane.width, plane.height, |x, y| {
        let (x, y) = (x as isize, y as isize);
        let across = plane.clamped(x + 1, y) - plane.clamped(x - 1, y);
        let down = plane.clamped(x, y + 1) - plane.clamped(x, y - 1);
        0.5 * across.hypot(down)
    })
}

#[cfg(test)]
mod tests {
    use super::super::parse::Joint;
    use super::*;

    /// Somebody in plain clothes before a plain wall: a bright shape of 120 by 200 pixels and a torso of 100.
    fn found(contrast: f32, sigma: f32) -> f32 {
        let inside = |x: usize, y: usize| (60..180).contains(&x) && (60..260).contains(&y);
        let shape = Plane::from_fn(240, 320, |x, y| if inside(x, y) { 1.0 } else { 0.0 });
        let light = if sigma > 0.0 {
            shape.blur(sigma)
        } else {
            shape.clone()
        };
        let photo = light.map(|v| [120.0 + contrast * v; 3]);
        let mut half = vec![Plane::filled(120, 160, 0.0); 10];
        half[part::BACKGROUND] = shape.resized(120, 160).map(|v| 1.0 - v);
        let parse = Parse {
            size: (240, 320),
            half,
            joints: [Joint::default(); 16],
        };
        blur(&photo, &parse, 100.0)
    }

    #[test]
    fn soft_light_is_no_blur() {
        for contrast in [100.0, 6.0] {
            assert!(found(contrast, 0.0) < 0.01);
        }
    }

    #[test]
    fn more_blur_is_found_as_more() {
        let [little, some, much] = [1.0, 3.0, 6.0].map(|sigma| found(80.0, sigma));
        assert!(little < 0.018, "{little}");
        assert!((0.02..0.05).contains(&some), "{some}");
        assert!(much > 0.04 && much > some, "{much}");
    }
}
