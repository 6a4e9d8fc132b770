"""The tool that takes the project's pictures: what it refuses and what it writes. Taking them needs running servers."""

import io
import random

import pytest
from PIL import Image

from docs.take_screenshots import MOST_BYTES, PictureError, _save, find_browser, take_pictures


def png(pixels):
    buffer = io.BytesIO()
    pixels.save(buffer, "PNG")
    return buffer.getvalue()


def test_a_missing_browser_is_named_with_what_to_do(monkeypatch, tmp_path):
    monkeypatch.delenv("CHROMIUM", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(PictureError, match="CHROMIUM=/path/to/it"):
        find_browser()
    monkeypatch.setenv("CHROMIUM", str(tmp_path / "none"))
    with pytest.raises(PictureError, match="is no program"):
        find_browser()


def test_the_browser_is_the_one_that_is_named_or_the_first_on_the_path(monkeypatch, tmp_path):
    program = tmp_path / "google-chrome"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("CHROMIUM", raising=False)
    assert find_browser() == str(program)
    monkeypatch.setenv("CHROMIUM", str(program))
    assert find_browser() == str(program)


def test_nothing_published_is_refused_before_anything_is_started(monkeypatch, tmp_path):
    monkeypatch.setenv("NETFLIX_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("CHROMIUM", "/bin/sh")
    with pytest.raises(PictureError, match="make demo"):
        take_pictures(None, None, tmp_path / "pictures")


def test_pictures_stay_small(tmp_path):
    noise = Image.frombytes("RGB", (600, 500), random.Random(7).randbytes(600 * 500 * 3))
    assert len(png(noise)) > MOST_BYTES
    assert _save(png(noise), tmp_path / "noise.png").stat().st_size < MOST_BYTES
    flat = _save(png(Image.new("RGB", (1440, 3000), "#ffffff")), tmp_path / "flat.png")
    assert Image.open(flat).size == (1440, 3000)
