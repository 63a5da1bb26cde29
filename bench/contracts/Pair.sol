// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";

/// A market of two tokens that keeps the product of its reserves: out = reserveOut * in / (reserveIn + in),
/// with 0.3 % of what comes in left to the pool. It holds no shares; liquidity comes in by transfer and `sync`.
/// Storage: slot 0 both reserves (low half token0, high half token1), slot 1 the re-entrancy lock.
contract Pair {
    uint256 private constant FEE_BASE = 1000;
    uint256 private constant FEE_KEPT = 997;

    IERC20 public immutable token0;
    IERC20 public immutable token1;

    uint128 public reserve0;
    uint128 public reserve1;
    bool private locked;

    event Swap(address indexed trader, address indexed to, bool zeroForOne, uint256 amountIn, uint256 amountOut);
    event Sync(uint128 reserve0, uint128 reserve1);

    error Locked();
    error OutputTooSmall(uint256 amountOut, uint256 minimum);
    error ProductDecreased(uint256 product, uint256 wanted);
    error ReserveTooLarge(uint256 balance);

    modifier exclusive() {
        if (locked) revert Locked();
        locked = true;
        _;
        locked = false;
    }

    constructor(IERC20 first, IERC20 second) {
        token0 = first;
        token1 = second;
    }

    /// What `amountIn` of one token buys of the other now, fee included.
    function quote(bool zeroForOne, uint256 amountIn) public view returns (uint256) {
        (uint256 reserveIn, uint256 reserveOut) = zeroForOne ? (reserve0, reserve1) : (reserve1, reserve0);
        uint256 kept = amountIn * FEE_KEPT;
        return (reserveOut * kept) / (reserveIn * FEE_BASE + kept);
    }

    /// Sells exactly `amountIn` at the current price; reverts below `minimumOut`.
    function sell(bool zeroForOne, uint256 amountIn, uint256 minimumOut, address to)
        external
        exclusive
        returns (uint256 amountOut)
    {
        amountOut = quote(zeroForOne, amountIn);
        if (amountOut < minimumOut) revert OutputTooSmall(amountOut, minimumOut);
        _exchange(zeroForOne, amountIn, amountOut, to);
    }

    /// Swaps amounts that the caller names; reverts where they would lower the product.
    function swap(bool zeroForOne, uint256 amountIn, uint256 amountOut, address to) external exclusive {
        _exchange(zeroForOne, amountIn, amountOut, to);
    }

    /// Takes the token balances as the new reserves.
    function sync() external exclusive {
        _store(token0.balanceOf(address(this)), token1.balanceOf(address(this)));
    }

    /// Pays out, collects, and then trusts only the balances: (balanceIn * 1000 - in * 3) * balanceOut * 1000
    /// must not be below reserve0 * reserve1 * 1000^2.
    function _exchange(bool zeroForOne, uint256 amountIn, uint256 amountOut, address to) private {
        uint256 product = uint256(reserve0) * uint256(reserve1) * (FEE_BASE * FEE_BASE);
        (IERC20 tokenIn, IERC20 tokenOut) = zeroForOne ? (token0, token1) : (token1, token0);
        tokenOut.transfer(to, amountOut);
        tokenIn.transferFrom(msg.sender, address(this), amountIn);

        uint256 balanceIn = tokenIn.balanceOf(address(this));
        uint256 balanceOut = tokenOut.balanceOf(address(this));
        uint256 kept = balanceIn * FEE_BASE - amountIn * (FEE_BASE - FEE_KEPT);
        uint256 grown = kept * balanceOut * FEE_BASE;
        if (grown < product) revert ProductDecreased(grown, product);

        if (zeroForOne) _store(balanceIn, balanceOut);
        else _store(balanceOut, balanceIn);
        emit Swap(msg.sender, to, zeroForOne, amountIn, amountOut);
    }

    /// Reserves stay below 2^112, so the products above (2 * 112 + 20 bits) cannot overflow.
    function _store(uint256 balance0, uint256 balance1) private {
        if (balance0 >> 112 != 0) revert ReserveTooLarge(balance0);
        if (balance1 >> 112 != 0) revert ReserveTooLarge(balance1);
        reserve0 = uint128(balance0);
        reserve1 = uint128(balance1);
        emit Sync(uint128(balance0), uint128(balance1));
    }
}
