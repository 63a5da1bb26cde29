// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";

/// One market of the exchange, itself a token of the shares in it. Behaves like a pair of Uniswap v2: who wants to
/// swap, add or remove sends tokens first and calls then; the balances say what came in. 0.3 % of it stays.
/// Storage: slots 0-4 of ERC20 (0 balances, 1 allowances, 2 supply), 5 token0, 6 token1, 7 both reserves (112 bits
/// each) and the time of the last change (32), 8 and 9 sums of price times seconds, 10 the lock.
contract ExchangePair is ERC20 {
    using SafeERC20 for IERC20;

    uint256 private constant FEE_BASE = 1000;
    uint256 private constant FEE = 3;
    /// Shares that nobody ever owns, so that one share cannot be made worth a fortune.
    uint256 private constant LOCKED_SHARES = 1000;
    address private constant NOBODY = address(0xdead);

    address public immutable factory;
    IERC20 public token0;
    IERC20 public token1;

    uint112 private reserve0;
    uint112 private reserve1;
    uint32 private changedAt;

    /// Prices of token0 and token1, 112 fraction bits, times the seconds they held.
    uint256 public priceSum0;
    uint256 public priceSum1;

    uint256 private locked = 1;

    event Mint(address indexed sender, uint256 amount0, uint256 amount1);
    event Burn(address indexed sender, uint256 amount0, uint256 amount1, address indexed to);
    event Swap(
        address indexed sender, uint256 in0, uint256 in1, uint256 out0, uint256 out1, address indexed to
    );
    event Sync(uint112 reserve0, uint112 reserve1);

    error Locked();
    error NotFactory();
    error NoLiquidity();
    error NoOutput();
    error NoInput();
    error OutputTooLarge();
    error ProductDecreased();
    error BalanceTooLarge();

    modifier exclusive() {
        if (locked != 1) revert Locked();
        locked = 2;
        _;
        locked = 1;
    }

    constructor() ERC20("Exchange Shares", "XS") {
        factory = msg.sender;
    }

    /// Called by the factory once: a constructor argument would make the address depend on more than the tokens.
    function initialize(IERC20 first, IERC20 second) external {
        if (msg.sender != factory) revert NotFactory();
        (token0, token1) = (first, second);
    }

    function getReserves() public view returns (uint112, uint112, uint32) {
        return (reserve0, reserve1, changedAt);
    }

    /// Gives shares for the tokens sent before.
    function mint(address to) external exclusive returns (uint256 shares) {
        (uint112 kept0, uint112 kept1,) = getReserves();
        (uint256 balance0, uint256 balance1) = _balances();
        (uint256 in0, uint256 in1) = (balance0 - kept0, balance1 - kept1);
        uint256 supply = totalSupply();
        if (supply == 0) {
            shares = Math.sqrt(in0 * in1) - LOCKED_SHARES;
            _mint(NOBODY, LOCKED_SHARES);
        } else {
            shares = Math.min((in0 * supply) / kept0, (in1 * supply) / kept1);
        }
        if (shares == 0) revert NoLiquidity();
        _mint(to, shares);
        _update(balance0, balance1, kept0, kept1);
        emit Mint(msg.sender, in0, in1);
    }

    /// Gives tokens for the shares sent before.
    function burn(address to) external exclusive returns (uint256 out0, uint256 out1) {
        (uint112 kept0, uint112 kept1,) = getReserves();
        (uint256 balance0, uint256 balance1) = _balances();
        uint256 shares = balanceOf(address(this));
        uint256 supply = totalSupply();
        (out0, out1) = ((shares * balance0) / supply, (shares * balance1) / supply);
        if (out0 == 0 || out1 == 0) revert NoLiquidity();
        _burn(address(this), shares);
        token0.safeTransfer(to, out0);
        token1.safeTransfer(to, out1);
        (balance0, balance1) = _balances();
        _update(balance0, balance1, kept0, kept1);
        emit Burn(msg.sender, out0, out1, to);
    }

    /// Pays out what the caller names and checks that what came in before is worth it: after the fee, the product of
    /// the balances may not be below that of the reserves. Both are below 2^112, so nothing overflows.
    function swap(uint256 out0, uint256 out1, address to) external exclusive {
        if (out0 == 0 && out1 == 0) revert NoOutput();
        (uint112 kept0, uint112 kept1,) = getReserves();
        if (out0 >= kept0 || out1 >= kept1) revert OutputTooLarge();
        if (out0 > 0) token0.safeTransfer(to, out0);
        if (out1 > 0) token1.safeTransfer(to, out1);

        (uint256 balance0, uint256 balance1) = _balances();
        uint256 in0 = balance0 > kept0 - out0 ? balance0 - (kept0 - out0) : 0;
        uint256 in1 = balance1 > kept1 - out1 ? balance1 - (kept1 - out1) : 0;
        if (in0 == 0 && in1 == 0) revert NoInput();
        uint256 after0 = balance0 * FEE_BASE - in0 * FEE;
        uint256 after1 = balance1 * FEE_BASE - in1 * FEE;
        if (after0 * after1 < uint256(kept0) * uint256(kept1) * (FEE_BASE * FEE_BASE)) revert ProductDecreased();
        _update(balance0, balance1, kept0, kept1);
        emit Swap(msg.sender, in0, in1, out0, out1, to);
    }

    /// Takes the balances as they are for the reserves.
    function sync() external exclusive {
        (uint256 balance0, uint256 balance1) = _balances();
        _update(balance0, balance1, reserve0, reserve1);
    }

    function _balances() private view returns (uint256, uint256) {
        return (token0.balanceOf(address(this)), token1.balanceOf(address(this)));
    }

    /// The first change in a block adds the price that held until then. The sums are meant to wrap.
    function _update(uint256 balance0, uint256 balance1, uint112 kept0, uint112 kept1) private {
        if (balance0 > type(uint112).max || balance1 > type(uint112).max) revert BalanceTooLarge();
        uint32 time = uint32(block.timestamp);
        unchecked {
            uint32 elapsed = time - changedAt;
            if (elapsed > 0 && kept0 != 0 && kept1 != 0) {
                priceSum0 += ((uint256(kept1) << 112) / kept0) * elapsed;
                priceSum1 += ((uint256(kept0) << 112) / kept1) * elapsed;
            }
        }
        (reserve0, reserve1, changedAt) = (uint112(balance0), uint112(balance1), time);
        emit Sync(reserve0, reserve1);
    }
}
