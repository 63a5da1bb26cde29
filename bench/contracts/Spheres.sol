// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

/// A ray caster: two spheres over a checkered floor, one ray per pixel with a shadow and one reflection. Signed fixed point with
/// 20 bits after the point, so that the time goes into SDIV, MUL, comparisons and the stack, as in any number-heavy contract.
contract Spheres {
    int256 constant ONE = 1 << 20;
    int256 constant FAR = 1 << 60;

    struct Vector {
        int256 x;
        int256 y;
        int256 z;
    }

    /// The hash of a picture of 40 by 30 pixels.
    function run() external pure returns (bytes32 picture) {
        for (int256 row = 0; row < 30; row++) {
            for (int256 column = 0; column < 40; column++) {
                Vector memory ray = unit(Vector((column - 20) * ONE / 20, (15 - row) * ONE / 20, ONE));
                int256 light = shade(Vector(0, ONE, -3 * ONE), ray, 2);
                picture = keccak256(abi.encode(picture, light));
            }
        }
    }

    function shade(Vector memory from, Vector memory ray, uint256 depth) private pure returns (int256) {
        (int256 distance, Vector memory normal, bool isFloor) = nearest(from, ray);
        if (distance == FAR) return ONE / 8 + ray.y / 4;
        Vector memory at = along(from, ray, distance);
        Vector memory above = along(at, normal, ONE / 64);
        int256 light = lit(above, normal);
        if (isFloor) return ((at.x / ONE + at.z / ONE) & 1 == 0) ? light : light / 2;
        if (depth == 0) return light;
        Vector memory mirrored = unit(along(ray, normal, -2 * dot(ray, normal)));
        return light / 2 + shade(above, mirrored, depth - 1) / 2;
    }

    /// What the sun gives to a place: a quarter of it in the shadow.
    function lit(Vector memory at, Vector memory normal) private pure returns (int256 light) {
        Vector memory sun = Vector(ONE * 3 / 7, ONE * 6 / 7, -ONE * 2 / 7);
        light = dot(normal, sun);
        if (light < 0) return 0;
        (int256 shadow,,) = nearest(at, sun);
        if (shadow != FAR) light /= 4;
    }

    function along(Vector memory from, Vector memory ray, int256 t) private pure returns (Vector memory) {
        return Vector(from.x + ray.x * t / ONE, from.y + ray.y * t / ONE, from.z + ray.z * t / ONE);
    }

    function nearest(Vector memory from, Vector memory ray)
        private
        pure
        returns (int256 distance, Vector memory normal, bool isFloor)
    {
        distance = FAR;
        if (ray.y < 0) {
            distance = -from.y * ONE / ray.y;
            normal = Vector(0, ONE, 0);
            isFloor = true;
        }
        for (int256 i = 0; i < 2; i++) {
            Vector memory centre = Vector((2 * i - 1) * ONE * 5 / 4, ONE, i * ONE);
            Vector memory towards = Vector(from.x - centre.x, from.y - centre.y, from.z - centre.z);
            int256 b = dot(towards, ray);
            int256 root = b * b / ONE - dot(towards, towards) + ONE;
            if (root < 0) continue;
            int256 t = -b - squareRoot(root);
            if (t <= ONE / 1024 || t >= distance) continue;
            distance = t;
            normal = along(towards, ray, t);
            isFloor = false;
        }
    }

    function unit(Vector memory v) private pure returns (Vector memory) {
        int256 length = squareRoot(dot(v, v));
        return Vector(v.x * ONE / length, v.y * ONE / length, v.z * ONE / length);
    }

    function dot(Vector memory a, Vector memory b) private pure returns (int256) {
        return (a.x * b.x + a.y * b.y + a.z * b.z) / ONE;
    }

    /// Newton's method on v * ONE, from above.
    function squareRoot(int256 v) private pure returns (int256 root) {
        int256 square = v * ONE;
        root = v + ONE;
        int256 next = (root + square / root) / 2;
        while (next < root) {
            root = next;
            next = (root + square / root) / 2;
        }
    }
}
