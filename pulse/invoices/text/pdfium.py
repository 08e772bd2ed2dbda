"""The calls of pdfium that a reader of text needs.

`pypdfium2.raw` gives typed pointers; turning each into an address costs more than the call. The functions here are the
same ones, and give a handle as its address, None where pdfium gives none. They keep the interpreter's lock: a sandboxed
child has one thread.

What is asked of every character or object is bound without the types of its arguments, whose check costs twice the
call: it takes a handle as `Handle`, a place for its answer as `byref(…)`, a number as int, and nothing else.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from typing import Any

from pypdfium2 import raw

Handle = ctypes.c_void_p
_ADDRESS, _INT, _UINT = ctypes.c_void_p, ctypes.c_int, ctypes.c_uint
_POINTER = ctypes.c_void_p
#: What byref gives.
_Place = Any


def _function(name: str, result: Any, *arguments: Any) -> Any:
    address = ctypes.cast(getattr(raw, name), ctypes.c_void_p).value
    assert address
    return ctypes.PYFUNCTYPE(result, *arguments)(address)


load_page = _function("FPDF_LoadPage", _ADDRESS, _ADDRESS, _INT)
close_page = _function("FPDF_ClosePage", None, _ADDRESS)
page_rotation = _function("FPDFPage_GetRotation", _INT, _ADDRESS)
page_box = _function("FPDF_GetPageBoundingBox", _INT, _ADDRESS, _POINTER)
count_objects = _function("FPDFPage_CountObjects", _INT, _ADDRESS)
page_object: Callable[[Handle, int], int] = _function("FPDFPage_GetObject", _ADDRESS)
count_form_objects = _function("FPDFFormObj_CountObjects", _INT, _ADDRESS)
form_object = _function("FPDFFormObj_GetObject", _ADDRESS, _ADDRESS, ctypes.c_ulong)

object_type: Callable[[Handle], int] = _function("FPDFPageObj_GetType", _INT)
object_matrix = _function("FPDFPageObj_GetMatrix", _INT, _ADDRESS, _POINTER)
object_bounds = _function("FPDFPageObj_GetBounds", _INT, _ADDRESS, _POINTER, _POINTER, _POINTER, _POINTER)
fill_color: Callable[[Handle, _Place, _Place, _Place, _Place], int] = _function("FPDFPageObj_GetFillColor", _INT)
stroke_color: Callable[[Handle, _Place, _Place, _Place, _Place], int] = _function("FPDFPageObj_GetStrokeColor", _INT)
clip_path: Callable[[Handle], int | None] = _function("FPDFPageObj_GetClipPath", _ADDRESS)
count_clip_paths: Callable[[Handle], int] = _function("FPDFClipPath_CountPaths", _INT)
count_clip_segments = _function("FPDFClipPath_CountPathSegments", _INT, _ADDRESS, _INT)
clip_segment: Callable[[Handle, int, int], int | None] = _function("FPDFClipPath_GetPathSegment", _ADDRESS)
count_segments = _function("FPDFPath_CountSegments", _INT, _ADDRESS)
segment = _function("FPDFPath_GetPathSegment", _ADDRESS, _ADDRESS, _INT)
segment_point = _function("FPDFPathSegment_GetPoint", _INT, _ADDRESS, _POINTER, _POINTER)
draw_mode = _function("FPDFPath_GetDrawMode", _INT, _ADDRESS, _POINTER, _POINTER)

load_text = _function("FPDFText_LoadPage", _ADDRESS, _ADDRESS)
close_text = _function("FPDFText_ClosePage", None, _ADDRESS)
count_characters = _function("FPDFText_CountChars", _INT, _ADDRESS)
character = _function("FPDFText_GetUnicode", _UINT, _ADDRESS, _INT)
characters = _function("FPDFText_GetText", _INT, _ADDRESS, _INT, _INT, _POINTER)
text_object: Callable[[Handle, int], int | None] = _function("FPDFText_GetTextObject", _ADDRESS)
origin: Callable[[Handle, int, _Place, _Place], int] = _function("FPDFText_GetCharOrigin", _INT)
loose_box: Callable[[Handle, int, _Place], int] = _function("FPDFText_GetLooseCharBox", _INT)
character_matrix: Callable[[Handle, int, _Place], int] = _function("FPDFText_GetMatrix", _INT)
has_no_unicode: Callable[[Handle, int], int] = _function("FPDFText_HasUnicodeMapError", _INT)
text_font: Callable[[Handle], int] = _function("FPDFTextObj_GetFont", _ADDRESS)
text_size: Callable[[Handle, _Place], int] = _function("FPDFTextObj_GetFontSize", _INT)
render_mode: Callable[[Handle], int] = _function("FPDFTextObj_GetTextRenderMode", _INT)
font_name = _function("FPDFFont_GetBaseFontName", ctypes.c_size_t, _ADDRESS, _POINTER, ctypes.c_size_t)
glyph_width: Callable[[Handle, int, ctypes.c_float, _Place], int] = _function("FPDFFont_GetGlyphWidth", _INT)

TEXT, PATH, IMAGE, FORM = (
    raw.FPDF_PAGEOBJ_TEXT,
    raw.FPDF_PAGEOBJ_PATH,
    raw.FPDF_PAGEOBJ_IMAGE,
    raw.FPDF_PAGEOBJ_FORM,
)
Matrix, Rectangle = raw.FS_MATRIX, raw.FS_RECTF
NO_FILL = raw.FPDF_FILLMODE_NONE
ERROR_PASSWORD, ERROR_SECURITY = raw.FPDF_ERR_PASSWORD, raw.FPDF_ERR_SECURITY
