"""Renders dressed people with exact labels. Start at `sampler.Gen`; the explicit form is `scene.Scene` + `render`."""
