// Division without a 128 / 64 instruction: reciprocals of normalised divisors (highest bit set), after N. Möller and T.
// Granlund, "Improved division by invariant integers" (IEEE Transactions on Computers 60, 2011), algorithms 2 and 6.
// Used by long-division.ts alone. The only wide instruction WebAssembly has, i64.div_u, takes 35 cycles here and gives
// 32 bits of quotient at a time; a digit by reciprocal takes about 25 and gives 64. Programs divide by few different
// numbers (a decimal scale, a field prime), so the last reciprocal of each kind is kept in per-instance globals.
import { mulHigh } from './arithmetic.ts'

/** floor((2^19 - 3 · 2^8) / i) for the nine highest bits i = 256 … 511 of a divisor: 11 bits of its reciprocal. */
const START = memory.data<u16>([
  2045, 2037, 2029, 2021, 2013, 2005, 1998, 1990, 1983, 1975, 1968, 1960, 1953, 1946, 1938, 1931, 1924, 1917, 1910,
  1903, 1896, 1889, 1883, 1876, 1869, 1863, 1856, 1849, 1843, 1836, 1830, 1824, 1817, 1811, 1805, 1799, 1792, 1786,
  1780, 1774, 1768, 1762, 1756, 1750, 1745, 1739, 1733, 1727, 1722, 1716, 1710, 1705, 1699, 1694, 1688, 1683, 1677,
  1672, 1667, 1661, 1656, 1651, 1646, 1641, 1636, 1630, 1625, 1620, 1615, 1610, 1605, 1600, 1596, 1591, 1586, 1581,
  1576, 1572, 1567, 1562, 1558, 1553, 1548, 1544, 1539, 1535, 1530, 1526, 1521, 1517, 1513, 1508, 1504, 1500, 1495,
  1491, 1487, 1483, 1478, 1474, 1470, 1466, 1462, 1458, 1454, 1450, 1446, 1442, 1438, 1434, 1430, 1426, 1422, 1418,
  1414, 1411, 1407, 1403, 1399, 1396, 1392, 1388, 1384, 1381, 1377, 1374, 1370, 1366, 1363, 1359, 1356, 1352, 1349,
  1345, 1342, 1338, 1335, 1332, 1328, 1325, 1322, 1318, 1315, 1312, 1308, 1305, 1302, 1299, 1295, 1292, 1289, 1286,
  1283, 1280, 1276, 1273, 1270, 1267, 1264, 1261, 1258, 1255, 1252, 1249, 1246, 1243, 1240, 1237, 1234, 1231, 1228,
  1226, 1223, 1220, 1217, 1214, 1211, 1209, 1206, 1203, 1200, 1197, 1195, 1192, 1189, 1187, 1184, 1181, 1179, 1176,
  1173, 1171, 1168, 1165, 1163, 1160, 1158, 1155, 1153, 1150, 1148, 1145, 1143, 1140, 1138, 1135, 1133, 1130, 1128,
  1125, 1123, 1121, 1118, 1116, 1113, 1111, 1109, 1106, 1104, 1102, 1099, 1097, 1095, 1092, 1090, 1088, 1086, 1083,
  1081, 1079, 1077, 1074, 1072, 1070, 1068, 1066, 1064, 1061, 1059, 1057, 1055, 1053, 1051, 1049, 1047, 1044, 1042,
  1040, 1038, 1036, 1034, 1032, 1030, 1028, 1026, 1024,
])

let lastOne: u64 = 0
let lastOneReciprocal: u64 = 0
let lastHigh: u64 = 0
let lastLow: u64 = 0
let lastTwoReciprocal: u64 = 0

/** floor((2^128 - 1) / d) - 2^64 for 2^63 ≤ d. */
@inline
export function reciprocal(d: u64): u64 {
  return d == lastOne ? lastOneReciprocal : newReciprocal(d)
}

/** floor((2^192 - 1) / (d1 · 2^64 + d0)) - 2^64 for 2^63 ≤ d1. */
@inline
export function reciprocal2(d1: u64, d0: u64): u64 {
  return d1 == lastHigh && d0 == lastLow ? lastTwoReciprocal : newReciprocal2(d1, d0)
}

function newReciprocal(d: u64): u64 {
  const v = invert(d)
  lastOne = d
  lastOneReciprocal = v
  return v
}

/** Three Newton steps: 11, 20, 34 and 64 bits. */
@inline
function invert(d: u64): u64 {
  const d40 = (d >> 24) + 1
  const v0 = <u64>load<u16>(START + <usize>((d >> 54) & 0x1fe))
  const v1 = (v0 << 11) - ((v0 * v0 * d40) >> 40) - 1
  const v2 = (v1 << 13) + ((v1 * ((1 << 60) - v1 * d40)) >> 47)
  const odd = d & 1
  const e = ((v2 >> 1) & (0 - odd)) - v2 * ((d >> 1) + odd)
  const v3 = (v2 << 31) + (mulHigh(v2, e) >> 1)
  const low = v3 * d
  return v3 - (mulHigh(v3, d) + d + u64(low + d < low))
}

/**
 * The corrections are masks: as branches they are taken every other time, and a mispredicted one costs 15 to 20 cycles.
 */
function newReciprocal2(d1: u64, d0: u64): u64 {
  let v = invert(d1)
  let p = d1 * v + d0
  let wrapped = 0 - u64(p < d0)
  const twice = wrapped & (0 - u64(p >= d1))
  v += wrapped + twice
  p -= (d1 & wrapped) + (d1 & twice)
  const high = mulHigh(v, d0)
  const low = v * d0
  p += high
  wrapped = 0 - u64(p < high)
  v += wrapped + (wrapped & (0 - (u64(p > d1) | (u64(p == d1) & u64(low >= d0)))))
  lastHigh = d1
  lastLow = d0
  lastTwoReciprocal = v
  return v
}
