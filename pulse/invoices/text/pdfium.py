"""The calls of pdfium that a reader of text needs, with plain addresses as handles.

`pypdfium2.raw` gives typed pointers; turning each into an address costs more than the call. The functions here are the
same ones with `void *` for every handle. A handle is None where pdfium gives none. They keep the interpreter's lock: a
sandboxed child has one thread.
"""

from __future__ import annotations

import ctypes
from typing import Any

from pypdfium2 import raw

_HANDLE, _INT, _UINT, _FLOAT = ctypes.c_void_p, ctypes.c_int, ctypes.c_uint, ctypes.c_float
_POINTER = ctypes.c_void_p


def _function(name: str, result: Any, *arguments: Any) -> Any:
    address = ctypes.cast(getattr(raw, name), ctypes.c_void_p).value
    assert address
    return ctypes.PYFUNCTYPE(result, *arguments)(address)


load_page = _function("FPDF_LoadPage", _HANDLE, _HANDLE, _INT)
close_page = _function("FPDF_ClosePage", None, _HANDLE)
page_rotation = _function("FPDFPage_GetRotation", _INT, _HANDLE)
page_box = _function("FPDF_GetPageBoundingBox", _INT, _HANDLE, _POINTER)
count_objects = _function("FPDFPage_CountObjects", _INT, _HANDLE)
page_object = _function("FPDFPage_GetObject", _HANDLE, _HANDLE, _INT)
count_form_objects = _function("FPDFFormObj_CountObjects", _INT, _HANDLE)
form_object = _function("FPDFFormObj_GetObject", _HANDLE, _HANDLE, ctypes.c_ulong)

object_type = _function("FPDFPageObj_GetType", _INT, _HANDLE)
object_matrix = _function("FPDFPageObj_GetMatrix", _INT, _HANDLE, _POINTER)
object_bounds = _function("FPDFPageObj_GetBounds", _INT, _HANDLE, _POINTER, _POINTER, _POINTER, _POINTER)
fill_color = _function("FPDFPageObj_GetFillColor", _INT, _HANDLE, _POINTER, _POINTER, _POINTER, _POINTER)
stroke_color = _function("FPDFPageObj_GetStrokeColor", _INT, _HANDLE, _POINTER, _POINTER, _POINTER, _POINTER)
clip_path = _function("FPDFPageObj_GetClipPath", _HANDLE, _HANDLE)
count_clip_paths = _function("FPDFClipPath_CountPaths", _INT, _HANDLE)
count_clip_segments = _function("FPDFClipPath_CountPathSegments", _INT, _HANDLE, _INT)
clip_segment = _function("FPDFClipPath_GetPathSegment", _HANDLE, _HANDLE, _INT, _INT)
count_segments = _function("FPDFPath_CountSegments", _INT, _HANDLE)
segment = _function("FPDFPath_GetPathSegment", _HANDLE, _HANDLE, _INT)
segment_point = _function("FPDFPathSegment_GetPoint", _INT, _HANDLE, _POINTER, _POINTER)
draw_mode = _function("FPDFPath_GetDrawMode", _INT, _HANDLE, _POINTER, _POINTER)

load_text = _function("FPDFText_LoadPage", _HANDLE, _HANDLE)
close_text = _function("FPDFText_ClosePage", None, _HANDLE)
count_characters = _function("FPDFText_CountChars", _INT, _HANDLE)
character = _function("FPDFText_GetUnicode", _UINT, _HANDLE, _INT)
characters = _function("FPDFText_GetText", _INT, _HANDLE, _INT, _INT, _POINTER)
text_object = _function("FPDFText_GetTextObject", _HANDLE, _HANDLE, _INT)
origin = _function("FPDFText_GetCharOrigin", _INT, _HANDLE, _INT, _POINTER, _POINTER)
loose_box = _function("FPDFText_GetLooseCharBox", _INT, _HANDLE, _INT, _POINTER)
character_matrix = _function("FPDFText_GetMatrix", _INT, _HANDLE, _INT, _POINTER)
has_no_unicode = _function("FPDFText_HasUnicodeMapError", _INT, _HANDLE, _INT)
text_font = _function("FPDFTextObj_GetFont", _HANDLE, _HANDLE)
text_size = _function("FPDFTextObj_GetFontSize", _INT, _HANDLE, _POINTER)
render_mode = _function("FPDFTextObj_GetTextRenderMode", _INT, _HANDLE)
font_name = _function("FPDFFont_GetBaseFontName", ctypes.c_size_t, _HANDLE, _POINTER, ctypes.c_size_t)
glyph_width = _function("FPDFFont_GetGlyphWidth", _INT, _HANDLE, _UINT, _FLOAT, _POINTER)

TEXT, PATH, IMAGE, FORM = (
    raw.FPDF_PAGEOBJ_TEXT,
    raw.FPDF_PAGEOBJ_PATH,
    raw.FPDF_PAGEOBJ_IMAGE,
    raw.FPDF_PAGEOBJ_FORM,
)
Matrix, Rectangle = raw.FS_MATRIX, raw.FS_RECTF
NO_FILL = raw.FPDF_FILLMODE_NONE
ERROR_PASSWORD, ERROR_SECURITY = raw.FPDF_ERR_PASSWORD, raw.FPDF_ERR_SECURITY
