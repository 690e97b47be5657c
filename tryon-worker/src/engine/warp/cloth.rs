//! How cloth that lies flat, or on an invisible body, measures on a body that is seen from the front.

use super::super::raster::smoothstep;

/// How far towards the edge of what is seen (0 to 1) the part `part` of flat cloth comes to lie that goes round the body:
/// as on a cylinder, of which `seen` of the cloth's flat width is seen from the front. In the middle nothing is squeezed,
/// so that a printed circle stays one.
pub(super) fn around(part: f32, seen: f32) -> f32 {
    if seen >= 0.99 {
        return part;
    }
    // The angle at the edge: sin(angle) / angle = seen.
    let (mut low, mut high) = (0.05_f32, std::f32::consts::FRAC_PI_2);
    for _ in 0..20 {
        let angle = f32::midpoint(low, high);
        if angle.sin() / angle > seen {
            low = angle;
        } else {
            high = angle;
        }
    }
    (low * part).sin() / low.sin()
}

/// Photo pixels per garment pixel, of what shoulders and chest would have.
///
/// Cloth that lies flat is wider than a body seen from the front: the chest asks for much less than the shoulders, which are right.
/// On an invisible body it is hardly wider than that: the two nearly agree, and the chest is the better measure.
pub(super) fn fitting(by_shoulders: f32, by_chest: f32) -> f32 {
    let flat = by_shoulders.clamp(by_chest * 0.95, by_chest * 1.5);
    let worn = flat.min(by_chest * 1.06);
    worn + (flat - worn) * lay_flat(by_shoulders / by_chest)
}

/// How sure it is that cloth lay flat in its picture (0 to 1): by what its shoulders ask for, in terms of what its chest does.
pub(super) fn lay_flat(flatness: f32) -> f32 {
    smoothstep(1.3, 1.42, flatness)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_garment_on_an_invisible_body_is_measured_by_its_chest_and_a_flat_one_by_its_shoulders() {
        assert!((fitting(1.5, 1.0) - 1.5).abs() < 1e-6);
        assert!((fitting(1.9, 1.0) - 1.5).abs() < 1e-6);
        assert!((fitting(1.2, 1.0) - 1.06).abs() < 1e-6);
        assert!((fitting(0.98, 1.0) - 0.98).abs() < 1e-6);
        assert!((fitting(0.5, 1.0) - 0.95).abs() < 1e-6);
        // A little more for the shoulders never makes it smaller.
        let steps: Vec<f32> = (0..60)
            .map(|n| fitting(1.0 + 0.01 * n as f32, 1.0))
            .collect();
        assert!(steps.is_sorted());
    }

    #[test]
    fn cloth_round_a_body_is_squeezed_at_the_sides_only() {
        let seen = 0.8;
        // One step of flat cloth in the middle is one step of the picture: `around` is in units of the half that is seen.
        assert!((around(0.01, seen) * seen - 0.01).abs() < 3e-4);
        assert!((around(1.0, seen) - 1.0).abs() < 1e-5);
        assert!(1.0 - around(0.9, seen) < 0.08);
        assert!((around(0.5, 1.2) - 0.5).abs() < f32::EPSILON);
    }
}
