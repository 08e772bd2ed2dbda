"""What is painted on a page besides its text: pictures, filled rectangles, clipping paths, in order, by pdfium."""

from __future__ import annotations

import ctypes
from collections.abc import Iterable
from ctypes import byref
from functools import cached_property

from pdfminer.utils import MATRIX_IDENTITY, Matrix, apply_matrix_pt, mult_matrix

from pulse.invoices.draft import Box
from pulse.invoices.text import pdfium, visibility

_DEEPEST = 12
_MOST_CLIP_SEGMENTS = 64


class PageObjects:
    """The objects of one page (an open handle) and of the forms on it; boxes in the page's own space.

    `order` numbers them as they are painted, by handle.
    """

    def __init__(self, page: int) -> None:
        self.order: dict[int, int] = {}
        self._matrices: dict[int, Matrix] = {}
        self._paths: list[tuple[int, Matrix]] = []
        self.images: list[tuple[int, Box]] = []
        self._clips: dict[tuple[object, ...], Box | None] = {}
        self._numbers = (ctypes.c_float * 4)()
        self._refs = [byref(self._numbers, 4 * index) for index in range(4)]
        handle = pdfium.Handle(page)
        self._add(
            [pdfium.page_object(handle, index) for index in range(pdfium.count_objects(page))], MATRIX_IDENTITY, 0
        )

    def _add(self, objects: Iterable[int], matrix: Matrix, depth: int) -> None:
        for one in objects:
            order = self.order[one] = len(self.order)
            if depth:
                self._matrices[one] = matrix
            kind = pdfium.object_type(pdfium.Handle(one))
            if kind == pdfium.PATH:
                self._paths.append((one, matrix))
            elif kind == pdfium.IMAGE:
                self.images.append((order, _moved(self._bounds(one), matrix)))
            elif kind == pdfium.FORM and depth < _DEEPEST:
                parts = [pdfium.form_object(one, index) for index in range(pdfium.count_form_objects(one))]
                self._add(parts, mult_matrix(self._matrix(one), matrix), depth + 1)

    @cached_property
    def areas(self) -> visibility.Areas:
        """The filled rectangles."""
        areas = visibility.Areas()
        for one, matrix in self._paths:
            points = self._rectangle(one)
            if points:
                parts = [part / 255 for part in self._color(one)]
                box = visibility.bounds([apply_matrix_pt(matrix, point) for point in points])
                areas.add(self.order[one], box, (parts[0], parts[1], parts[2]), parts[3])
        return areas

    def clip(self, text: int) -> Box | None:
        """What clipping paths leave visible of a text object's surroundings; None without any."""
        address = pdfium.clip_path(pdfium.Handle(text))
        path = pdfium.Handle(address)
        count = pdfium.count_clip_paths(path) if address else 0
        if count <= 0:
            return None
        # Objects share their paths, so the first points' addresses tell them apart.
        key = (self._matrices.get(text), *[pdfium.clip_segment(path, index, 0) for index in range(count)])
        if key not in self._clips:
            self._clips[key] = self._clip(path, count, self._matrices.get(text, MATRIX_IDENTITY))
        return self._clips[key]

    def _clip(self, path: pdfium.Handle, count: int, matrix: Matrix) -> Box | None:
        frame: Box | None = None
        for index in range(count):
            segments = pdfium.count_clip_segments(path, index)
            if not 0 < segments <= _MOST_CLIP_SEGMENTS:
                continue
            points = [self._point(pdfium.clip_segment(path, index, number)) for number in range(segments)]
            box = visibility.bounds([apply_matrix_pt(matrix, point) for point in points])
            frame = visibility.within(frame, box)
        return frame

    def _rectangle(self, path: int) -> list[tuple[float, float]]:
        """The corners of a filled upright rectangle; none for any other path."""
        fill, stroke = ctypes.c_int(), ctypes.c_int()
        pdfium.draw_mode(path, byref(fill), byref(stroke))
        segments = pdfium.count_segments(path)
        if fill.value == pdfium.NO_FILL or not 4 <= segments <= 5:
            return []
        matrix = self._matrix(path)
        points = [apply_matrix_pt(matrix, self._point(pdfium.segment(path, number))) for number in range(segments)]
        return points if visibility.is_rectangle(points) else []

    def _color(self, one: int) -> list[int]:
        parts = (ctypes.c_uint * 4)()
        pdfium.fill_color(pdfium.Handle(one), *(byref(parts, 4 * index) for index in range(4)))
        return list(parts)

    def _point(self, segment: int | None) -> tuple[float, float]:
        pdfium.segment_point(segment, self._refs[0], self._refs[1])
        return self._numbers[0], self._numbers[1]

    def _bounds(self, one: int) -> Box:
        pdfium.object_bounds(one, *self._refs)
        left, bottom, right, top = self._numbers
        return left, bottom, right, top

    def _matrix(self, one: int) -> Matrix:
        matrix = pdfium.Matrix()
        pdfium.object_matrix(one, byref(matrix))
        return matrix.a, matrix.b, matrix.c, matrix.d, matrix.e, matrix.f


def _moved(box: Box, matrix: Matrix) -> Box:
    x0, y0, x1, y1 = box
    corners = ((x0, y0), (x1, y0), (x0, y1), (x1, y1))
    return visibility.bounds([apply_matrix_pt(matrix, corner) for corner in corners])
