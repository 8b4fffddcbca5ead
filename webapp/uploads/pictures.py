"""Pictures are decoded and encoded anew: what is stored is the picture alone, upright and of bearable size.

Place, time, device and whatever else rides in a picture's metadata is gone, and so is anything hidden
behind its end.
"""

from __future__ import annotations

from io import BytesIO

from PIL import Image, ImageOps

from webapp.domain.errors import N_, Invalid

MOST_PIXELS = 30_000_000
"""So many are held in memory, at up to four bytes each."""
LONGEST_SIDE = 4_000
"""Larger pictures are made smaller; a sheet of A4 at 300 dots per inch has 3,508."""
_QUALITY = 85

TOO_MANY_PIXELS = N_("The picture has more than %(limit)s million pixels. Save it smaller and try again.")
UNREADABLE = N_("The picture is damaged and cannot be read.")


def made_anew(picture: bytes, pillow_format: str) -> tuple[bytes, str]:
    """The picture as fresh bytes with their media type: PNG stays PNG, the others become JPEG.

    pillow_format: the one decoder that may look at it. Invalid when it cannot be decoded to its last line.
    """
    try:
        with Image.open(BytesIO(picture), formats=(pillow_format,)) as opened:
            if opened.width * opened.height > MOST_PIXELS:
                raise _too_many()
            return _encoded(_upright(opened), keeps_png=pillow_format == "PNG")
    except Invalid:
        raise
    except Image.DecompressionBombError as error:
        raise _too_many() from error
    except Exception as error:
        raise Invalid(UNREADABLE) from error


def _too_many() -> Invalid:
    return Invalid(TOO_MANY_PIXELS, limit=MOST_PIXELS // 1_000_000)


def _upright(opened: Image.Image) -> Image.Image:
    if opened.mode in ("L", "LA", "RGB", "RGBA", "CMYK"):
        # Before anything copies it; a JPEG is not even decoded further than this needs.
        opened.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
    turned = ImageOps.exif_transpose(opened)
    if turned.has_transparency_data:
        plain = turned.convert("RGBA")
    elif turned.mode.startswith("I"):  # sixteen bits of grey
        plain = turned.convert("I").point(lambda shade: shade / 256).convert("L")
    else:
        plain = turned.convert("L" if turned.mode in ("1", "L") else "RGB")
    plain.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
    # Encoders take comments, profiles and resolutions from here when they are not told otherwise.
    plain.info = {}
    return plain


def _encoded(plain: Image.Image, *, keeps_png: bool) -> tuple[bytes, str]:
    target = BytesIO()
    if keeps_png:
        plain.save(target, "PNG")
        return target.getvalue(), "image/png"
    if plain.mode == "RGBA":
        paper = Image.new("RGB", plain.size, "white")
        paper.paste(plain, mask=plain.getchannel("A"))
        plain = paper
    plain.save(target, "JPEG", quality=_QUALITY)
    return target.getvalue(), "image/jpeg"
