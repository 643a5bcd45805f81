import type { CustomLayerInterface, CustomRenderMethodInput, Map as MapLibre } from "maplibre-gl";
import { mercatorX, mercatorY } from "./geometry";
import { PALETTES } from "./style";
import type { MapMarker, Theme, Tone } from "./types";

/** x and y from the origin, heading, and which tone: four floats a marker. */
const FLOATS = 4;
const TONES: readonly Tone[] = ["idle", "moving", "busy", "late", "off"];
/** A heading that is none. */
const NO_HEADING = -1;
/** In CSS pixels: far out a dot, near an arrow. */
const SIZE = { zoom: [4, 10], pixels: [5, 30] } as const;
/** The selected one is so much larger. */
const SELECTED = 1.7;

const VERTEX = `#version 300 es
uniform mat4 u_matrix;
uniform float u_size;
uniform float u_selected;
in vec2 a_position;
in float a_heading;
in float a_tone;
flat out float v_heading;
flat out int v_tone;
flat out float v_size;
void main() {
  bool selected = float(gl_VertexID) == u_selected;
  gl_Position = u_matrix * vec4(a_position, 0.0, 1.0);
  v_size = u_size * (selected ? ${SELECTED} : 1.0);
  gl_PointSize = v_size;
  v_heading = a_heading;
  v_tone = int(a_tone);
}`;

const FRAGMENT = `#version 300 es
precision mediump float;
uniform vec3 u_tones[${TONES.length}];
uniform vec3 u_outline;
flat in float v_heading;
flat in int v_tone;
flat in float v_size;
out vec4 colour;
float arrow(vec2 p) {
  vec2 q = vec2(abs(p.x), p.y);
  float side = dot(q - vec2(0.0, -0.95), normalize(vec2(1.7, -0.8)));
  float tail = dot(q - vec2(0.0, 0.4), normalize(vec2(-0.35, 0.8)));
  return max(side, tail);
}
void main() {
  vec2 p = gl_PointCoord * 2.0 - 1.0;
  float edge = 2.0 / v_size;
  float distance = length(p) - 0.78;
  if (v_heading >= 0.0 && v_size > 11.0) {
    float turn = radians(v_heading);
    distance = arrow(vec2(p.x * cos(turn) + p.y * sin(turn), p.y * cos(turn) - p.x * sin(turn))) + 0.05;
  }
  float shape = 1.0 - smoothstep(edge * 0.8, edge * 1.8, distance);
  if (shape <= 0.0) discard;
  float inside = 1.0 - smoothstep(-edge, 0.0, distance);
  colour = vec4(mix(u_outline, u_tones[v_tone], inside), 1.0) * shape;
}`;

function compile(gl: WebGL2RenderingContext, kind: number, source: string): WebGLShader {
  const shader = gl.createShader(kind);
  if (!shader) throw new Error("the device makes no shader");
  gl.shaderSource(shader, source);
  gl.compileShader(shader);
  if (!gl.getShaderParameter(shader, gl.COMPILE_STATUS))
    throw new Error(gl.getShaderInfoLog(shader) ?? "shader");
  return shader;
}

function link(gl: WebGL2RenderingContext): WebGLProgram {
  const program = gl.createProgram();
  gl.attachShader(program, compile(gl, gl.VERTEX_SHADER, VERTEX));
  gl.attachShader(program, compile(gl, gl.FRAGMENT_SHADER, FRAGMENT));
  gl.linkProgram(program);
  if (!gl.getProgramParameter(program, gl.LINK_STATUS))
    throw new Error(gl.getProgramInfoLog(program) ?? "program");
  return program;
}

/** A colour such as `#1d4ed8` as three numbers from 0 to 1. */
export function rgb(colour: string): [number, number, number] {
  const number = Number.parseInt(colour.slice(1), 16);
  return [(number >> 16) / 255, ((number >> 8) & 255) / 255, (number & 255) / 255];
}

/** How large markers are at a zoom, in CSS pixels. */
export function sizeAt(zoom: number): number {
  const [[from, to], [least, most]] = [SIZE.zoom, SIZE.pixels];
  const part = Math.min(1, Math.max(0, (zoom - from) / (to - from)));
  return least + (most - least) * part;
}

/**
 * Draws thousands of markers in one call: their positions go to the device as one array, so that an update costs a
 * millisecond and not a new tiling. Positions are kept from an origin nearby, or single precision would make them
 * tremble.
 */
export class MarkerLayer implements CustomLayerInterface {
  readonly id = "markers";
  readonly type = "custom" as const;
  #floats = new Float32Array(0);
  #origin: readonly [number, number] = [0, 0];
  #count = 0;
  #selected = -1;
  #isStale = true;
  #map: MapLibre | null = null;
  #program: WebGLProgram | null = null;
  #buffer: WebGLBuffer | null = null;
  #array: WebGLVertexArrayObject | null = null;

  constructor(private theme: Theme) {}

  /** Replaces all markers. */
  set(markers: readonly MapMarker[], selected: string | null): void {
    if (this.#floats.length < markers.length * FLOATS)
      this.#floats = new Float32Array(markers.length * FLOATS * 1.25);
    const first = markers[0];
    this.#origin = first ? [mercatorX(first.longitude), mercatorY(first.latitude)] : [0, 0];
    this.#selected = -1;
    let at = 0;
    for (const [index, marker] of markers.entries()) {
      this.#floats[at++] = mercatorX(marker.longitude) - this.#origin[0];
      this.#floats[at++] = mercatorY(marker.latitude) - this.#origin[1];
      this.#floats[at++] = marker.heading ?? NO_HEADING;
      this.#floats[at++] = TONES.indexOf(marker.tone);
      if (marker.id === selected) this.#selected = index;
    }
    this.#count = markers.length;
    this.#isStale = true;
    this.#map?.triggerRepaint();
  }

  setTheme(theme: Theme): void {
    this.theme = theme;
    this.#map?.triggerRepaint();
  }

  onAdd(map: MapLibre, gl: WebGL2RenderingContext): void {
    this.#map = map;
    this.#program = link(gl);
    this.#buffer = gl.createBuffer();
    this.#array = gl.createVertexArray();
    gl.bindVertexArray(this.#array);
    gl.bindBuffer(gl.ARRAY_BUFFER, this.#buffer);
    for (const [name, size, offset] of [
      ["a_position", 2, 0],
      ["a_heading", 1, 2],
      ["a_tone", 1, 3],
    ] as const) {
      const place = gl.getAttribLocation(this.#program, name);
      gl.enableVertexAttribArray(place);
      gl.vertexAttribPointer(place, size, gl.FLOAT, false, FLOATS * 4, offset * 4);
    }
    gl.bindVertexArray(null);
    this.#isStale = true;
  }

  onRemove(_map: MapLibre, gl: WebGL2RenderingContext): void {
    gl.deleteProgram(this.#program);
    gl.deleteBuffer(this.#buffer);
    gl.deleteVertexArray(this.#array);
    this.#map = null;
  }

  render(gl: WebGL2RenderingContext, { defaultProjectionData }: CustomRenderMethodInput): void {
    const [map, program] = [this.#map, this.#program];
    if (!map || !program || this.#count === 0) return;
    gl.useProgram(program);
    gl.bindVertexArray(this.#array);
    if (this.#isStale) {
      gl.bindBuffer(gl.ARRAY_BUFFER, this.#buffer);
      gl.bufferData(gl.ARRAY_BUFFER, this.#floats.subarray(0, this.#count * FLOATS), gl.DYNAMIC_DRAW);
      this.#isStale = false;
    }
    const place = (name: string) => gl.getUniformLocation(program, name);
    const palette = PALETTES[this.theme];
    gl.uniformMatrix4fv(place("u_matrix"), false, this.#matrixFromOrigin(defaultProjectionData.mainMatrix));
    gl.uniform1f(place("u_size"), sizeAt(map.getZoom()) * map.getPixelRatio());
    gl.uniform1f(place("u_selected"), this.#selected);
    gl.uniform3fv(
      place("u_tones"),
      TONES.flatMap((tone) => rgb(palette.tones[tone])),
    );
    gl.uniform3fv(place("u_outline"), rgb(palette.outline));
    gl.enable(gl.BLEND);
    gl.blendFunc(gl.ONE, gl.ONE_MINUS_SRC_ALPHA);
    gl.disable(gl.DEPTH_TEST);
    gl.disable(gl.STENCIL_TEST);
    gl.drawArrays(gl.POINTS, 0, this.#count);
    // Above the crowd.
    if (this.#selected >= 0) gl.drawArrays(gl.POINTS, this.#selected, 1);
    gl.bindVertexArray(null);
  }

  /** The map's matrix after a shift to the origin, worked out in double precision. */
  #matrixFromOrigin(matrix: ArrayLike<number>): Float32Array {
    const shifted = Float32Array.from(matrix);
    const [x, y] = this.#origin;
    for (let row = 0; row < 4; row += 1) {
      const [across, down, last] = [matrix[row], matrix[4 + row], matrix[12 + row]];
      shifted[12 + row] = (across ?? 0) * x + (down ?? 0) * y + (last ?? 0);
    }
    return shifted;
  }
}
