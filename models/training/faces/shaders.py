# SPDX-License-Identifier: GPL-3.0-or-later
"""Shaders that paint faces. Everything painted is a function of a place on the average head, in metres."""

from typing import Final

_NOISE: Final = """
float hash(vec3 p) { return fract(sin(dot(p, vec3(12.9898, 78.233, 37.719))) * 43758.5453); }
float noise(vec3 p) {
    vec3 i = floor(p), f = fract(p);
    f = smoothstep(0.0, 1.0, f);
    vec3 j = i + vec3(0, 0, 1);
    vec4 low = vec4(hash(i), hash(i + vec3(1, 0, 0)), hash(i + vec3(0, 1, 0)), hash(i + vec3(1, 1, 0)));
    vec4 high = vec4(hash(j), hash(j + vec3(1, 0, 0)), hash(j + vec3(0, 1, 0)), hash(j + vec3(1, 1, 0)));
    vec4 level = mix(low, high, f.z);
    vec2 line = mix(level.xy, level.zw, f.y);
    return mix(line.x, line.y, f.x);
}
"""
_LIGHT: Final = """
uniform vec3 light, light_color, below, above;
vec3 lit(vec3 color, vec3 n, vec3 at, float gloss, float sharp, float closed) {
    float d = dot(n, light);
    vec3 wrapped = clamp((vec3(d) + vec3(0.35, 0.15, 0.1)) / vec3(1.35, 1.15, 1.1), 0.0, 1.0);
    vec3 diffuse = wrapped * light_color + mix(below, above, 0.5 + 0.5 * n.z);
    vec3 middle = normalize(light - normalize(at));
    float shine = gloss * pow(max(0.0, dot(n, middle)), sharp) * step(0.0, d);
    float rim = gloss * 0.3 * pow(1.0 - abs(dot(n, normalize(at))), 4.0);
    return color * diffuse * closed + vec3(shine) * light_color * closed + rim * above * closed;
}
vec4 shown(vec3 color) { return vec4(pow(clamp(color, 0.0, 1.0), vec3(1.0 / 2.2)), 1.0); }
"""
HEAD_VERTEX: Final = """
#version 330
uniform mat4 projection;
in vec3 position, normal, rest;
in float part, lip, scalp, fold;
out vec3 at, n, p;
out float piece, lipped, hairy, folded;
void main() {
    at = position; n = normal; p = rest; piece = part; lipped = lip; hairy = scalp; folded = fold;
    gl_Position = projection * vec4(position, 1.0);
}
"""
HEAD_FRAGMENT: Final = (
    """
#version 330
uniform vec3 skin, lip_color, hair, shirt, brow;
uniform float stubble, freckles, redness, gloss, seed;
in vec3 at, n, p;
in float piece, lipped, hairy, folded;
out vec4 result;
"""
    + _NOISE
    + _LIGHT
    + """
float brow_cover() {
    float out_ = (abs(p.x) - 0.013) / 0.044;
    float middle = 0.0205 + brow.z + 0.0046 * sin(clamp(out_, 0.0, 1.0) * 2.7);
    float half_ = brow.x * sqrt(max(0.0, 1.0 - 0.85 * out_ * out_)) * smoothstep(-0.05, 0.12, out_)
        * smoothstep(1.02, 0.8, out_);
    float inside = smoothstep(half_ + 0.0008, half_ - 0.0015, abs(p.z - middle));
    vec3 along = vec3(abs(p.x) * 220.0 - p.z * 500.0, p.z * 160.0, seed);
    float strands = 0.45 + 0.9 * noise(along + vec3(abs(p.x) * 900.0 - p.z * 900.0, 0, 0));
    return p.y < 0.06 ? clamp(brow.y * inside * strands, 0.0, 1.0) * step(0.0001, half_) : 0.0;
}
void main() {
    vec3 normal = normalize(n);
    int m = int(piece + 0.5);
    if (m == 4) {
        // Lashes are single hairs: what is between them is left out.
        if (noise(vec3(p.x * 3000.0 + p.z * 900.0, seed, 0.0)) < (p.z < -0.001 ? 0.78 : 0.62)) discard;
        result = shown(min(hair, 0.3 * skin) * 0.6);
        return;
    }
    if (dot(normal, at) > 0.0 && m > 0) normal = -normal;
    float closed = clamp(1.0 - max(folded, 0.0), 0.35, 1.0);
    float bright = clamp(-folded, 0.0, 0.25);
    if (m == 1) {
        result = shown(lit(vec3(0.22, 0.04, 0.035), normal, at, 0.05, 20.0, 0.16));
        return;
    }
    if (m == 2) {
        float gap = smoothstep(0.0, 0.25, abs(fract(p.x / 0.0075 + 0.5) - 0.5));
        float deep = smoothstep(0.012, -0.012, p.y + 0.018 - 14.0 * p.x * p.x);
        result = shown(lit(vec3(0.80, 0.74, 0.64) * (0.75 + 0.25 * gap), normal, at, 0.25, 40.0, 0.25 + 0.7 * deep));
        return;
    }
    if (m == 3) {
        result = shown(lit(vec3(0.45, 0.13, 0.12), normal, at, 0.25, 25.0, 0.55));
        return;
    }
    float fine = noise(p * 900.0 + seed), middle = noise(p * 160.0 + seed), coarse = noise(p * 35.0 + seed);
    vec3 color = skin * (0.90 + 0.10 * fine + 0.10 * middle + 0.08 * coarse) * (1.0 + bright);
    // Cheeks and the tip of the nose are redder, the skin about the eyes is darker.
    float cheek = exp(-(pow(abs(p.x) - 0.038, 2.0) + pow(p.z + 0.035, 2.0)) / 0.0004);
    float nose = exp(-(p.x * p.x + pow(p.z + 0.042, 2.0)) / 0.00018);
    color *= mix(vec3(1.0), vec3(1.08, 0.80, 0.78), redness * clamp(0.6 * cheek + 0.5 * nose, 0.0, 1.0));
    float socket = exp(-(pow((abs(p.x) - 0.031) / 0.019, 2.0) + pow((p.z + 0.001) / 0.012, 2.0)));
    color *= mix(vec3(1.0), vec3(0.80, 0.70, 0.70), 0.6 * socket);
    color *= 1.0 - freckles * smoothstep(0.62, 0.75, noise(p * 420.0 + 7.0)) * smoothstep(0.05, 0.0, abs(p.z + 0.03));
    float jaw = smoothstep(-0.045, -0.062, p.z + 0.25 * max(0.0, abs(p.x) - 0.045)) * smoothstep(-0.16, -0.125, p.z);
    jaw *= smoothstep(0.035, 0.0, p.y);
    float grains = 0.55 + 0.45 * noise(p * vec3(1500.0, 900.0, 1500.0));
    color = mix(color, hair, 0.75 * stubble * jaw * grains * (1.0 - smoothstep(0.2, 0.5, lipped)));
    color = mix(color, min(hair, 0.4 * skin), brow_cover());
    float lip_cover = smoothstep(0.25, 0.65, lipped);
    float lines = 0.88 + 0.12 * noise(vec3(p.x * 900.0, p.z * 120.0, seed));
    color = mix(color, lip_color * lines, lip_cover);
    float shine = gloss * (0.10 + 0.10 * fine) + lip_cover * 0.10;
    // The nostrils are dark.
    float hole = exp(-(pow((abs(p.x) - 0.0075) / 0.0042, 2.0) + pow((p.z + 0.0475) / 0.003, 2.0)));
    closed *= 1.0 - 0.85 * hole * smoothstep(0.2, -0.5, normal.z);
    if (hairy > 0.0) {
        float locks = noise(vec3(p.x * 260.0, p.z * 60.0, p.y * 260.0) + seed);
        float cover = smoothstep(0.0, 0.008, hairy + 0.006 * (locks - 0.5));
        color = mix(color, hair * (0.55 + 0.9 * locks), cover);
        shine = mix(shine, 0.06 * locks, cover);
    }
    float neckline = -0.175 + 1.1 * max(0.0, abs(p.x) - 0.07) + 0.35 * (p.y - 0.03);
    if (p.z < neckline) {
        color = shirt * (0.85 + 0.3 * noise(p * 500.0));
        shine = 0.0;
        closed = max(closed, 0.8);
    }
    result = shown(lit(color, normal, at, shine, mix(14.0, 30.0, lip_cover), closed));
}
"""
)
EYE_VERTEX: Final = """
#version 330
uniform mat4 projection;
in vec3 position, normal, own, in_head;
out vec3 at, n, o, h;
void main() {
    at = position; n = normal; o = own; h = in_head;
    gl_Position = projection * vec4(position, 1.0);
}
"""
EYE_FRAGMENT: Final = (
    """
#version 330
uniform vec3 iris;
uniform float seed;
in vec3 at, n, o, h;
out vec4 result;
"""
    + _NOISE
    + _LIGHT
    + """
void main() {
    vec3 normal = normalize(n), own = normalize(o);
    float degrees = degrees(acos(clamp(-own.y, -1.0, 1.0)));
    float around = atan(own.z, own.x);
    vec3 white = vec3(0.72, 0.68, 0.66) - vec3(0.0, 0.10, 0.10) * smoothstep(35.0, 75.0, degrees);
    white -= vec3(0.0, 0.12, 0.12) * smoothstep(0.66, 0.8, noise(own * 26.0 + seed)) * smoothstep(35.0, 50.0, degrees);
    float rays = noise(vec3(around * 14.0, degrees * 0.12, seed));
    vec3 ring = iris * (0.6 + 1.0 * rays) * mix(1.25, 0.35, smoothstep(19.0, 28.0, degrees));
    vec3 color = mix(ring, white, smoothstep(26.5, 29.0, degrees));
    color = mix(vec3(0.004), color, smoothstep(10.0, 12.0, degrees));
    // The upper lid and the corners shade the eye.
    float shade = 1.0 - 0.55 * smoothstep(0.05, 0.45, h.z) - 0.25 * smoothstep(0.25, 0.8, abs(h.x));
    vec3 seen = lit(color, normal, at, 0.0, 1.0, shade);
    vec3 middle = normalize(light - normalize(at));
    seen += 0.9 * smoothstep(0.985, 0.994, dot(normal, middle)) * light_color;
    seen += 0.35 * smoothstep(0.96, 0.99, dot(normal, normalize(vec3(-0.3, -1.0, 0.45)))) * above;
    result = shown(seen);
}
"""
)
