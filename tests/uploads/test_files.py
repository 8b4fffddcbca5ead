"""What is kept of a brought file: told by its content, bounded, cleaned; what is refused, with the reason."""

from __future__ import annotations

from io import BytesIO

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from tests.uploads import samples
from webapp.domain.errors import Invalid
from webapp.uploads import archive, files, office, pictures
from webapp.uploads.files import cleaned, safe_name


def refusal(content: bytes) -> str:
    with pytest.raises(Invalid) as caught:
        cleaned("Berkas Rekaan.pdf", content)
    assert "Rekaan" not in str(caught.value), "a reason names no file"
    return caught.value.message_id


def shown(content: bytes) -> Image.Image:
    image = Image.open(BytesIO(content))
    image.load()
    return image


@pytest.mark.parametrize(
    ("content", "media_type", "ending"),
    [
        (samples.PDF, "application/pdf", "pdf"),
        (samples.picture("JPEG"), "image/jpeg", "jpg"),
        (samples.picture("PNG"), "image/png", "png"),
        (samples.picture("WEBP"), "image/jpeg", "jpg"),
        (samples.office(), office.MEDIA_TYPES["word/document.xml"], "docx"),
        (samples.office("xl/workbook.xml"), office.MEDIA_TYPES["xl/workbook.xml"], "xlsx"),
    ],
)
def test_a_file_is_what_its_content_says_whatever_it_is_called(content, media_type, ending):
    kept = cleaned("Surat wali.exe", content)
    assert (kept.media_type, kept.name) == (media_type, f"Surat wali.{ending}")


def test_documents_are_kept_byte_by_byte():
    for content in (samples.PDF, samples.office()):
        assert cleaned("x", content).content == content


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_place_device_and_comments_are_gone_from_a_picture_and_the_picture_stays(kind):
    brought = samples.picture(kind)
    assert samples.SECRET.encode() in brought
    kept = cleaned("foto", brought).content
    assert samples.SECRET.encode() not in kept
    image = shown(kept)
    assert image.size == (60, 40)
    assert not image.getexif()
    assert set(image.info) <= {"jfif", "jfif_version", "jfif_unit", "jfif_density"}
    assert image.convert("RGB").getpixel((5, 20))[1] < 60, "red on the left"
    assert image.convert("RGB").getpixel((55, 20))[1] > 200, "white on the right"


@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
def test_a_picture_taken_sideways_is_kept_upright(kind):
    image = shown(cleaned("foto", samples.picture(kind, turned=True)).content).convert("RGB")
    assert image.size == (40, 60)
    assert image.getpixel((20, 5))[1] < 60, "what was on the left is on top"


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGBA"])
def test_scans_in_black_grey_and_with_transparency_are_kept(mode):
    image = shown(cleaned("pindaian", samples.picture("PNG", mode=mode)).content)
    assert image.size == (60, 40)
    assert image.convert("L").getpixel((55, 20)) > 200, "paper stays white"


def test_a_grey_of_sixteen_bits_keeps_its_shades():
    line = (32_768).to_bytes(2, "little") * 30 + (65_535).to_bytes(2, "little") * 30
    grey = Image.frombytes("I;16", (60, 40), line * 40)
    target = BytesIO()
    grey.save(target, "PNG")
    image = shown(cleaned("pindaian", target.getvalue()).content)
    assert image.getpixel((55, 20)) == 255
    assert 120 < image.getpixel((5, 20)) < 136


def test_a_transparent_webp_lies_on_white_paper():
    target = BytesIO()
    Image.new("RGBA", (20, 20), (0, 0, 0, 0)).save(target, "WEBP", lossless=True)
    assert shown(cleaned("cap", target.getvalue()).content).getpixel((10, 10)) == (255, 255, 255)


def test_a_picture_larger_than_a_page_is_made_smaller():
    image = shown(cleaned("foto", samples.picture("JPEG", size=(5000, 100))).content)
    assert image.width == pictures.LONGEST_SIDE


def test_what_is_hidden_behind_a_picture_is_not_kept():
    brought = samples.picture("PNG") + samples.office() + b"<script>x</script>"
    kept = cleaned("foto.png", brought).content
    assert b"PK\x03\x04" not in kept
    assert b"<script>" not in kept


@pytest.mark.parametrize(("width", "height"), [(6_000, 6_000), (100_000, 100_000), (2**31 - 1, 2**31 - 1)])
def test_a_picture_that_unpacks_to_vast_dimensions_is_refused_before_it_is_decoded(width, height):
    assert refusal(samples.vast_png(width, height)) == pictures.TOO_MANY_PIXELS


def test_damaged_pictures_are_refused_and_nothing_else_is_raised():
    for kind in ("JPEG", "PNG", "WEBP"):
        brought = samples.picture(kind, size=(200, 200))
        assert refusal(brought[: len(brought) // 2]) == pictures.UNREADABLE
    assert refusal(b"\xff\xd8\xff" + b"x" * 50) == pictures.UNREADABLE


@given(st.binary(min_size=1, max_size=80), st.sampled_from(["JPEG", "PNG", "WEBP"]))
def test_whatever_stands_in_a_picture_ends_in_a_picture_or_a_refusal(noise, kind):
    brought = bytearray(samples.picture(kind))
    at = noise[0] % (len(brought) - 12) + 12
    brought[at : at + len(noise)] = noise
    try:
        kept = cleaned("foto", bytes(brought)).content
    except Invalid as refused:
        kept, reason = None, refused.message_id
    if kept is None:
        assert reason in (pictures.UNREADABLE, pictures.TOO_MANY_PIXELS)
    else:
        shown(kept)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", files.EMPTY),
        (b"<html><script>alert(1)</script></html>", files.UNKNOWN),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", files.UNKNOWN),
        (b"GIF89a" + b"x" * 40, files.UNKNOWN),
        (b"MZ\x90\x00" + b"x" * 40, files.UNKNOWN),
        (b"\n" + samples.PDF, files.UNKNOWN),
        (b"\x00\x00\x00\x18ftypheic" + b"x" * 40, files.HEIC),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"x" * 40, files.OLD_OFFICE),
        (b"%PDF-1.7 cut off", files.BROKEN_PDF),
        (samples.PDF + samples.office(), files.TWO_KINDS),
        (samples.office("evil.js"), office.NOT_OFFICE),
        (samples.office(more={"xl/workbook.xml": b"<x/>"}), office.NOT_OFFICE),
        (samples.office(more={"word/vbaProject.bin": b"x"}), office.PROGRAMS),
        (samples.office("xl/workbook.xml", {"xl/macrosheets/sheet1.xml": b"x"}), office.PROGRAMS),
        (samples.office(more={"word/activeX/activeX1.bin": b"x"}), office.PROGRAMS),
        (samples.office(more={"word/embeddings/oleObject1.bin": b"x"}), office.OBJECTS),
        (samples.office(more={"word/x.xml": b"<!DOCTYPE x [<!ENTITY a 'b'>]>"}), archive.ENTITIES),
        (samples.office()[:-30], archive.DAMAGED),
    ],
)
def test_what_is_none_of_the_allowed_kinds_is_refused_with_its_reason(content, reason):
    assert refusal(content) == reason


def test_a_zip_bomb_is_refused_by_what_it_unpacks_to_and_not_by_what_it_says():
    bomb = samples.office(more={"word/media/a.xml": b"\0" * (office.MOST_UNPACKED + 1)})
    assert len(bomb) < files.LARGEST
    assert refusal(bomb) == archive.TOO_LARGE
    size = (office.MOST_UNPACKED + 1).to_bytes(4, "little")
    assert size in bomb
    assert refusal(bomb.replace(size, (10).to_bytes(4, "little"))) == archive.TOO_LARGE


def test_the_largest_file_is_kept_and_one_byte_more_is_refused():
    padding = b" " * (files.LARGEST - len(samples.PDF))
    fitting = samples.PDF.replace(b"trailer", padding + b"trailer")
    assert len(cleaned("x", fitting).content) == files.LARGEST
    assert refusal(fitting.replace(b"trailer", b" trailer")) == files.TOO_LARGE


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("Surat Wali.pdf", "Surat Wali.pdf"),
        ("../../etc/passwd", "passwd.pdf"),
        ("C:\\Data\\Surat.docx", "Surat.pdf"),
        ("=cmd|' calc'!A0", "=cmd-' calc'!A0.pdf"),
        ("surat\u202efdp.exe", "surat fdp.pdf"),
        ("a\r\nSet-Cookie: x.pdf", "a Set-Cookie- x.pdf"),
        ("...", "pamong.pdf"),
        ("", "pamong.pdf"),
        ("Kelas X. Semester 1", "Kelas X. Semester 1.pdf"),
        ("x" * 500 + ".pdf", "x" * files.LONGEST_NAME + ".pdf"),
    ],
)
def test_names_keep_what_people_read_and_nothing_that_programs_obey(name, kept):
    assert safe_name(name, "application/pdf") == kept
