// Prices of the precompiled contracts (Yellow Paper appendix E; EIP-152, 196, 197, 1108, 2537, 4844, 7951). modexp prices
// itself (modexp.ts).

import { ISTANBUL } from '../abi.ts'
import { words } from '../gas.ts'
import { P256_VERIFY } from './forks.ts'

/** EIP-2537: discount per mille of a multi-scalar multiplication over 1, 2, … 128 points. */
// biome-ignore format: a table
const G1_DISCOUNTS = memory.data<u16>([
  1000, 949, 848, 797, 764, 750, 738, 728, 719, 712, 705, 698, 692, 687, 682, 677, 673, 669, 665, 661, 658, 654,
  651, 648, 645, 642, 640, 637, 635, 632, 630, 627, 625, 623, 621, 619, 617, 615, 613, 611, 609, 608, 606, 604,
  603, 601, 599, 598, 596, 595, 593, 592, 591, 589, 588, 586, 585, 584, 582, 581, 580, 579, 577, 576, 575, 574,
  573, 572, 570, 569, 568, 567, 566, 565, 564, 563, 562, 561, 560, 559, 558, 557, 556, 555, 554, 553, 552, 551,
  550, 549, 548, 547, 547, 546, 545, 544, 543, 542, 541, 540, 540, 539, 538, 537, 536, 536, 535, 534, 533, 532,
  532, 531, 530, 529, 528, 528, 527, 526, 525, 525, 524, 523, 522, 522, 521, 520, 520, 519,
])
// biome-ignore format: a table
const G2_DISCOUNTS = memory.data<u16>([
  1000, 1000, 923, 884, 855, 832, 812, 796, 782, 770, 759, 749, 740, 732, 724, 717, 711, 704, 699, 693, 688,
  683, 679, 674, 670, 666, 663, 659, 655, 652, 649, 646, 643, 640, 637, 634, 632, 629, 627, 624, 622, 620, 618,
  615, 613, 611, 609, 607, 606, 604, 602, 600, 598, 597, 595, 593, 592, 590, 589, 587, 586, 584, 583, 582, 580,
  579, 578, 576, 575, 574, 573, 571, 570, 569, 568, 567, 566, 565, 563, 562, 561, 560, 559, 558, 557, 556, 555,
  554, 553, 552, 552, 551, 550, 549, 548, 547, 546, 545, 545, 544, 543, 542, 541, 541, 540, 539, 538, 537, 537,
  536, 535, 535, 534, 533, 532, 532, 531, 530, 530, 529, 528, 528, 527, 526, 526, 525, 524, 524,
])

const MALFORMED: u64 = u64.MAX_VALUE

/** Gas of precompile `number` (not 5) for an input of `length` bytes; u64.MAX when the length alone makes it fail. */
export function precompileGas(number: u32, input: usize, length: u32, fork: i32): u64 {
  const n: u64 = length
  switch (number) {
    case 1:
      return 3000
    case 2:
      return 60 + 12 * words(n)
    case 3:
      return 600 + 120 * words(n)
    case 4:
      return 15 + 3 * words(n)
    case 6:
      return fork >= ISTANBUL ? 150 : 500
    case 7:
      return fork >= ISTANBUL ? 6000 : 40000
    case 8:
      if (n % 192) return MALFORMED
      return fork >= ISTANBUL ? 45000 + 34000 * (n / 192) : 100000 + 80000 * (n / 192)
    case 9:
      return n == 213 ? bswap<u32>(load<u32>(input)) : MALFORMED
    case 10:
      return n == 192 ? 50000 : MALFORMED
    default:
      return number == <u32>P256_VERIFY ? 6900 : curveGas(number, n)
  }
}

/** EIP-2537: BLS12-381. */
function curveGas(number: u32, n: u64): u64 {
  switch (number) {
    case 11:
      return n == 256 ? 375 : MALFORMED
    case 12:
      return multiplication(n, 160, 12000, G1_DISCOUNTS)
    case 13:
      return n == 512 ? 600 : MALFORMED
    case 14:
      return multiplication(n, 288, 22500, G2_DISCOUNTS)
    case 15:
      return n && n % 384 == 0 ? 37700 + 32600 * (n / 384) : MALFORMED
    case 16:
      return n == 64 ? 5500 : MALFORMED
    case 17:
      return n == 128 ? 23800 : MALFORMED
    default:
      return MALFORMED
  }
}

function multiplication(n: u64, pairSize: u64, price: u64, discounts: usize): u64 {
  if (!n || n % pairSize) return MALFORMED
  const pairs = n / pairSize
  return (pairs * price * load<u16>(discounts + ((<usize>min<u64>(pairs, 128) - 1) << 1))) / 1000
}
