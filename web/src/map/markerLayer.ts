import type { CustomLayerInterface, CustomRenderMethodInput, Map as MapLibre } from "maplibre-gl";
import { mercatorX, mercatorY } from "./geometry";
import { PALETTES } from "./style";
import type { MapMarker, Theme, Tone } from "./types";

/** x and y from the origin, heading, and which tone: four floats a marker. */
const FLOATS = 4;
const TONES: readonly Tone[] = ["idle", "moving", "busy", "late", "off", "load"];
/** A heading that is none. */
const NO_HEADING = -1;
/** In CSS pixels: far out a dot, near an arrow. */
const SIZE = { zoom: [4, 10], pixels: [9, 30] } as const;
/** From so many on they are drawn smaller when far out: dots that hide one another say nothing, and cost as much. */
const CROWD = 2_000;
const CROWD_PIXELS = 5;
/** An arrow that is smaller is a dot. */
const ARROW_PIXELS = 11;
/** The selected one is so much larger. */
const SELECTED = 1.7;

const VERTEX = `#version 300 es
uniform mat4 u_matrix;
uniform float u_size;
uniform float u_arrow;
uniform float u_selected;
uniform vec3 u_tones[${TONES.length}];
in vec2 a_position;
in float a_heading;
in float a_tone;
flat out vec3 v_tone;
flat out vec2 v_turn;
flat out float v_edge;
void main() {
  bool selected = float(gl_VertexID) == u_selected;
  gl_Position = u_matrix * vec4(a_position, 0.0, 1.0);
  gl_PointSize = u_size * (selected ? ${SELECTED} : 1.0);
  float turn = radians(a_heading);
  v_turn = a_heading >= 0.0 && gl_PointSize > u_arrow ? vec2(cos(turn), sin(turn)) : vec2(0.0);
  v_tone = u_tones[int(a_tone)];
  v_edge = 0.5 * gl_PointSize;
}`;

/** Everything that is the same for a whole marker is worked out above: without a graphics card each pixel costs. */
const FRAGMENT = `#version 300 es
precision mediump float;
uniform vec3 u_outline;
flat in vec3 v_tone;
flat in vec2 v_turn;
flat in float v_edge;
out vec4 colour;
void main() {
  vec2 p = gl_PointCoord * 2.0 - 1.0;
  float far = length(p) - 0.78;
  if (v_turn != vec2(0.0)) {
    vec2 q = vec2(abs(p.x * v_turn.x + p.y * v_turn.y), p.y * v_turn.x - p.x * v_turn.y);
    float side = dot(q - vec2(0.0, -0.95), vec2(0.9048, -0.4258));
    float tail = dot(q - vec2(0.0, 0.4), vec2(-0.4008, 0.9162));
    far = max(side, tail) + 0.05;
  }
  far *= v_edge;
  float shape = clamp(1.8 - far, 0.0, 1.0);
  if (shape <= 0.0) discard;
  colour = vec4(mix(v_tone, u_outline, clamp(far + 1.0, 0.0, 1.0)), 1.0) * shape;
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

/** How large so many markers are at a zoom, in CSS pixels. */
export function sizeAt(zoom: number, count: number): number {
  const [[from, to], [least, most]] = [SIZE.zoom, SIZE.pixels];
  const part = Math.min(1, Math.max(0, (zoom - from) / (to - from)));
  if (count < CROWD) return least + (most - least) * part;
  return CROWD_PIXELS + (most - CROWD_PIXELS) * part * part;
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
    gl.uniform1f(place("u_size"), sizeAt(map.getZoom(), this.#count) * map.getPixelRatio());
    gl.uniform1f(place("u_arrow"), ARROW_PIXELS * map.getPixelRatio());
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
