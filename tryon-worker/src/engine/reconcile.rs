//! Makes what the network saw of a garment agree with the garment's outline, where that leaves no doubt.

use super::garment::{Garment, mark, piece};
use super::raster::{Plane, smoothstep};
use super::silhouette::Legs;

impl Garment {
    /// Makes pieces and landmarks agree with the outline where that leaves no doubt: the network takes plain skirts for tops or
    /// shorts, and slim trousers for shirts.
    pub(super) fn reconcile(&mut self, legs: Option<&Legs>) {
        match legs {
            Some(legs) => {
                if self.doubts(legs) {
                    self.make_legged(legs);
                }
            }
            None => {
                if self.hangs_from_its_waist() && !self.is_sure_of_legs() {
                    self.make_whole();
                }
            }
        }
    }

    /// How sure the network is of the less sure one of some landmarks, 0 to 1.
    fn least_sure(&self, indices: &[usize]) -> f32 {
        let peaks = indices.iter().map(|index| self.marks[*index].1);
        peaks.fold(1.0, f32::min)
    }

    /// Whether the network sees something else than the two legs that the outline shows.
    fn doubts(&self, legs: &Legs) -> bool {
        let upper = self.least_sure(&mark::ARMPITS) > 0.2;
        let bottom = [mark::WAISTS, mark::HEMS, mark::INNER_HEMS].concat();
        let complete = self.least_sure(&bottom) > 0.2 && self.least_sure(&[mark::CROTCH]) > 0.2;
        let seen = self.share(&piece::LEGS);
        if upper || self.share(&piece::SLEEVES) > 0.08 {
            // Nothing but trousers parts so high.
            return legs.rise < 0.5;
        }
        // A skirt with a slit has no legs.
        seen > 0.05 && (seen < 0.2 || !complete)
    }

    /// Whether its waistband is its upper end. That of a top or dress, whose waist the network marks too, lies further down.
    fn hangs_from_its_waist(&self) -> bool {
        let rows = self.cutout.alpha.data.chunks_exact(self.cutout.alpha.width);
        let cloth = |row: &[f32]| row.iter().any(|v| *v > 0.5);
        let (Some(top), Some(bottom)) =
            (rows.clone().position(cloth), rows.clone().rposition(cloth))
        else {
            return false;
        };
        let limit = top as f32 + 0.12 * (bottom - top) as f32;
        self.least_sure(&mark::WAISTS) > 0.5
            && mark::WAISTS.iter().all(|w| self.marks[*w].0[1] < limit)
    }

    fn is_sure_of_legs(&self) -> bool {
        self.share(&piece::LEGS) > 0.5
            && self.least_sure(&[mark::CROTCH]) > 0.5
            && self.least_sure(&mark::INNER_HEMS) > 0.65
    }

    /// Trousers, as their outline has them.
    fn make_legged(&mut self, legs: &Legs) {
        let row = legs.crotch[1];
        let leg = |left: bool| {
            let alpha = &self.cutout.alpha;
            Plane::from_fn(alpha.width, alpha.height, |x, y| {
                if legs.is_left(x, y) == left {
                    smoothstep(row - 2.0, row + 2.0, y as f32 + 0.5)
                } else {
                    0.0
                }
            })
        };
        let (left, right) = (leg(true), leg(false));
        self.pieces = vec![None; piece::COUNT];
        self.pieces[piece::BODY] = Some(left.zip(&right, |a, b| 1.0 - a - b));
        self.pieces[piece::LEGS[0]] = Some(left);
        self.pieces[piece::LEGS[1]] = Some(right);
        self.marks = [([0.0; 2], 0.0); mark::COUNT];
        for side in 0..2 {
            self.marks[mark::WAISTS[side]] = (legs.waist[side], 1.0);
            self.marks[mark::HEMS[side]] = (legs.outer_hems[side], 1.0);
            self.marks[mark::INNER_HEMS[side]] = (legs.inner_hems[side], 1.0);
        }
        self.marks[mark::CROTCH] = (legs.crotch, 1.0);
    }

    /// A skirt: of one piece, without what the network takes for sleeves, a neckline or legs.
    fn make_whole(&mut self) {
        let alpha = &self.cutout.alpha;
        let whole = Plane::filled(alpha.width, alpha.height, 1.0);
        self.pieces = vec![None; piece::COUNT];
        self.pieces[piece::BODY] = Some(whole);
        let kept = [mark::WAISTS, mark::HEMS].concat();
        for (index, found) in self.marks.iter_mut().enumerate() {
            if !kept.contains(&index) && index != mark::HEM_CENTRE {
                found.1 = 0.0;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::matte::Cutout;
    use super::super::raster::Colours;
    use super::super::silhouette;
    use super::*;

    /// A garment of this outline, of which the network said that its waist lies in a row, and that it is a top with sleeves or
    /// shorts (each piece a fifth of it).
    fn garment(outline: &Plane, waist: f32) -> Garment {
        let mut pieces = vec![None; piece::COUNT];
        for index in [piece::BODY, piece::COLLAR]
            .into_iter()
            .chain(piece::SLEEVES)
        {
            pieces[index] = Some(Plane::filled(outline.width, outline.height, 0.2));
        }
        pieces[piece::LEGS[0]] = Some(Plane::filled(outline.width, outline.height, 0.2));
        let mut marks = [([0.0; 2], 0.4); mark::COUNT];
        marks[mark::WAISTS[0]] = ([60.0, waist], 0.8);
        marks[mark::WAISTS[1]] = ([140.0, waist], 0.8);
        Garment {
            cutout: Cutout {
                colours: Colours::filled(outline.width, outline.height, [90.0; 3]),
                alpha: outline.clone(),
            },
            pieces,
            marks,
        }
    }

    fn outline(inside: impl Fn(usize, usize) -> bool + Sync) -> Plane {
        Plane::from_fn(200, 240, |x, y| if inside(x, y) { 1.0 } else { 0.0 })
    }

    #[test]
    fn what_hangs_from_its_waist_and_has_no_legs_is_a_skirt() {
        let flared = outline(|x, y| (20..220).contains(&y) && x.abs_diff(100) < 40 + y / 5);
        let mut skirt = garment(&flared, 22.0);
        skirt.reconcile(silhouette::legs(&flared).as_ref());
        assert!(skirt.share(&[piece::BODY]) > 0.99);
        assert!(mark::ARMPITS.iter().all(|m| skirt.mark(*m).is_none()));
        assert!(skirt.mark(mark::CROTCH).is_none());
        assert!(mark::WAISTS.iter().all(|m| skirt.mark(*m).is_some()));
    }

    #[test]
    fn a_top_stays_one_whose_waist_is_further_down() {
        let flared = outline(|x, y| (20..220).contains(&y) && x.abs_diff(100) < 40 + y / 5);
        let mut dress = garment(&flared, 90.0);
        dress.reconcile(None);
        assert!(mark::ARMPITS.iter().all(|m| dress.mark(*m).is_some()));
        assert!(dress.share(&piece::SLEEVES) > 0.3);
    }

    #[test]
    fn shorts_whose_legs_touch_stay_shorts_when_the_network_is_sure() {
        let straight = outline(|x, y| (20..150).contains(&y) && x.abs_diff(100) < 60);
        let mut shorts = garment(&straight, 22.0);
        shorts.pieces[piece::LEGS[1]] = Some(Plane::filled(200, 240, 0.4));
        for index in [mark::INNER_HEMS[0], mark::INNER_HEMS[1], mark::CROTCH] {
            shorts.marks[index].1 = 0.9;
        }
        shorts.reconcile(silhouette::legs(&straight).as_ref());
        assert!(shorts.share(&piece::LEGS) > 0.5);
    }

    #[test]
    fn two_legs_are_trousers_whatever_the_network_takes_them_for() {
        let parted = outline(|x, y| {
            let gap = y.saturating_sub(70) / 6;
            (20..220).contains(&y)
                && x.abs_diff(100) < 40 + y / 8
                && (y < 70 || x.abs_diff(100) > gap)
        });
        let mut trousers = garment(&parted, 120.0);
        trousers.reconcile(silhouette::legs(&parted).as_ref());
        assert!(trousers.share(&piece::LEGS) > 0.5);
        assert!(mark::ARMPITS.iter().all(|m| trousers.mark(*m).is_none()));
        let crotch = trousers.mark(mark::CROTCH).unwrap();
        assert!((crotch[0] - 100.0).abs() < 3.0 && (60.0..75.0).contains(&crotch[1]));
        // The gap is a pixel wide where it begins.
        let above = parted.sample(crotch[0], crotch[1] - 6.0);
        assert!(above > 0.9, "above the crotch is cloth");
        let hem = trousers.mark(mark::INNER_HEMS[0]).unwrap();
        assert!((68.0..82.0).contains(&hem[0]) && hem[1] > 215.0, "{hem:?}");
    }
}
