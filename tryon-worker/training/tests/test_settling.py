"""What the settling network is taught: where cloth hangs, of the engine's sketches and the renderer's truth."""

import sys
import unittest
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from settling_data import Truth, coarse, filled, moves_of, outlined  # noqa: E402

#: Left, top, width, height of a window whose cells are two pixels, and the distance of shoulders.
WINDOW = np.array([100.0, 50.0, 16.0, 24.0, 10.0])
ROWS, COLUMNS = 12, 8


def sketched() -> tuple[np.ndarray, np.ndarray]:
    """Places and cover of a garment of which each cell shows its own pixel of the packshot, but for an empty column."""
    row, column = np.indices((ROWS, COLUMNS))
    places = np.stack([column + 0.5, row + 0.5]).astype(np.float32)
    cover = np.ones((ROWS, COLUMNS))
    places[:, :, 0], cover[:, 0] = np.nan, 0
    return places, cover


def hanging(right: float, down: float) -> Truth:
    """The truth of cloth that hangs so many pixels from where its cells are."""
    row, column = np.indices((ROWS, COLUMNS))
    cloth = np.stack([column, row, np.zeros_like(row)], 2).astype(float)
    places = np.stack([101 + 2 * column + right, 51 + 2 * row + down], 2)
    return Truth(worn=cloth.reshape(-1, 3).copy(), places=places.reshape(-1, 2), outline=np.zeros(cloth.size // 3, bool), shot=cloth)


class MovesTest(unittest.TestCase):
    def test_moves_are_in_shoulder_widths_from_the_middle_of_each_cell(self):
        moves, known, ends = moves_of(*sketched(), WINDOW, hanging(3.0, -5.0))
        self.assertFalse(ends.any())
        self.assertFalse(known[:, 0].any())
        self.assertTrue(known[:, 1:].all())
        np.testing.assert_allclose(moves[0][known], 0.3, atol=1e-6)
        np.testing.assert_allclose(moves[1][known], -0.5, atol=1e-6)

    def test_cloth_that_is_hidden_in_truth_is_not_known(self):
        truth = hanging(0.0, 0.0)
        truth.worn[:, 2] = 1.0
        self.assertFalse(moves_of(*sketched(), WINDOW, truth)[1].any())

    def test_flat_garments_stay_where_they_are(self):
        moves, known, _ = moves_of(*sketched(), WINDOW, None)
        self.assertEqual(known.sum(), ROWS * (COLUMNS - 1))
        self.assertFalse(moves.any())

    def test_the_end_of_cloth_comes_to_lie_on_the_true_outline(self):
        truth, (places, cover) = hanging(3.0, 0.0), sketched()
        # The packshot ends two columns before the sketch does, and what is worn a pixel further right than its cloth hangs.
        truth.shot[:, -2:] = np.nan
        end = (np.arange(ROWS * COLUMNS) % COLUMNS) == COLUMNS - 3
        truth.outline[end] = True
        truth.places[end, 0] += 1.0
        truth.worn[end, 2] = 0.2
        moves, known, ends = moves_of(places, cover, WINDOW, truth)
        self.assertEqual(np.unique(np.nonzero(ends)[1]).tolist(), [COLUMNS - 3])
        np.testing.assert_allclose(moves[0, :, COLUMNS - 3], 0.4, atol=1e-6)
        np.testing.assert_allclose(moves[0, :, 1 : COLUMNS - 4], 0.3, atol=1e-6)

    def test_the_outline_counts_more_than_its_neighbours(self):
        moves, known, ends = np.zeros((2, ROWS, COLUMNS), np.float32), np.ones((ROWS, COLUMNS), bool), np.zeros((ROWS, COLUMNS), bool)
        ends[:, 3], moves[0, :, 3] = True, 0.5
        small, _ = coarse(moves, known, ends)
        np.testing.assert_allclose(small[0, 0], [0, 0.4, 0, 0], atol=1e-6)

    def test_an_outline_is_where_cloth_ends_or_lies_before_other_cloth(self):
        own, canonical = np.zeros((12, 12), bool), np.zeros((12, 12, 3))
        own[3:9, 2:10] = True
        canonical[:, 6:, 0] = 5.0
        found = outlined(own, canonical)
        self.assertTrue(found[3, 2:10].all() and found[8, 2:10].all())
        self.assertEqual(found[5, :].nonzero()[0].tolist(), [2, 5, 6, 9])

    def test_planes_go_on_smoothly_from_where_they_are_known(self):
        known = np.zeros((40, 40), bool)
        known[:, :10] = True
        planes = np.where(known, 2.0, -7.0)[None].astype(np.float32)
        np.testing.assert_allclose(filled(planes, known), 2.0, atol=1e-4)

    def test_answers_are_coarser_and_go_on_beyond_the_edge(self):
        moves, known = np.zeros((2, ROWS, 24), np.float32), np.zeros((ROWS, 24), bool)
        known[:, :2], moves[0, :, :2] = True, 0.4
        small, told = coarse(moves, known, np.zeros_like(known))
        self.assertEqual(small.shape, (2, ROWS // 2, 12))
        self.assertEqual(told[0].tolist(), [255, 128, 128, 128] + [0] * 8)
        np.testing.assert_allclose(small[0, :, :4], 0.4)
        self.assertFalse(small[:, :, 4:].any())


if __name__ == "__main__":
    unittest.main()
