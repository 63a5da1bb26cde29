// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {ExchangePair} from "./ExchangePair.sol";

/// Makes markets, one for two tokens, at addresses that follow from the tokens (CREATE2).
/// Storage: slot 0 pairs by token and token, both ways, 1 all pairs.
contract ExchangeFactory {
    mapping(address token => mapping(address other => ExchangePair)) public getPair;
    ExchangePair[] public allPairs;

    event PairCreated(address indexed token0, address indexed token1, ExchangePair pair, uint256 count);

    error SameToken();
    error PairExists();

    function createPair(address token, address other) external returns (ExchangePair pair) {
        if (token == other) revert SameToken();
        (address token0, address token1) = token < other ? (token, other) : (other, token);
        if (address(getPair[token0][token1]) != address(0)) revert PairExists();
        pair = new ExchangePair{salt: keccak256(abi.encodePacked(token0, token1))}();
        pair.initialize(IERC20(token0), IERC20(token1));
        getPair[token0][token1] = pair;
        getPair[token1][token0] = pair;
        allPairs.push(pair);
        emit PairCreated(token0, token1, pair, allPairs.length);
    }
}

/// What traders call: takes their tokens, finds the pairs along a path of tokens and swaps from one to the next.
/// It has no storage; addresses of pairs are computed.
contract ExchangeRouter {
    using SafeERC20 for IERC20;

    address public immutable factory;
    bytes32 private immutable pairCodeHash;

    error Expired(uint256 deadline);
    error PathTooShort();
    error OutputTooSmall(uint256 amountOut, uint256 minimum);
    error NoPair(address token, address other);

    constructor(address maker) {
        factory = maker;
        pairCodeHash = keccak256(type(ExchangePair).creationCode);
    }

    modifier before(uint256 deadline) {
        if (block.timestamp > deadline) revert Expired(deadline);
        _;
    }

    /// Sells `amountIn` of the first token of the path for the last; reverts below `minimumOut`.
    function swapExactTokensForTokens(
        uint256 amountIn,
        uint256 minimumOut,
        address[] calldata path,
        address to,
        uint256 deadline
    ) external before(deadline) returns (uint256[] memory amounts) {
        amounts = getAmountsOut(amountIn, path);
        uint256 last = path.length - 1;
        if (amounts[last] < minimumOut) revert OutputTooSmall(amounts[last], minimumOut);
        IERC20(path[0]).safeTransferFrom(msg.sender, pairOf(path[0], path[1]), amountIn);
        for (uint256 i = 0; i < last; i++) {
            (uint256 out0, uint256 out1) =
                path[i] < path[i + 1] ? (uint256(0), amounts[i + 1]) : (amounts[i + 1], uint256(0));
            address next = i + 1 < last ? pairOf(path[i + 1], path[i + 2]) : to;
            ExchangePair(pairOf(path[i], path[i + 1])).swap(out0, out1, next);
        }
    }

    /// Adds to a market at its price; makes the market if there is none. At most the amounts given.
    function addLiquidity(
        address token,
        address other,
        uint256 amount,
        uint256 amountOther,
        address to,
        uint256 deadline
    ) external before(deadline) returns (uint256 shares) {
        address pair = pairOf(token, other);
        if (pair.code.length == 0) {
            ExchangeFactory(factory).createPair(token, other);
        } else {
            (uint256 reserve, uint256 reserveOther) = _reserves(token, other);
            uint256 matching = (amount * reserveOther) / reserve;
            if (matching <= amountOther) amountOther = matching;
            else amount = (amountOther * reserve) / reserveOther;
        }
        IERC20(token).safeTransferFrom(msg.sender, pair, amount);
        IERC20(other).safeTransferFrom(msg.sender, pair, amountOther);
        shares = ExchangePair(pair).mint(to);
    }

    /// What each step of the path would give now.
    function getAmountsOut(uint256 amountIn, address[] calldata path) public view returns (uint256[] memory amounts) {
        if (path.length < 2) revert PathTooShort();
        amounts = new uint256[](path.length);
        amounts[0] = amountIn;
        for (uint256 i = 0; i + 1 < path.length; i++) {
            (uint256 reserveIn, uint256 reserveOut) = _reserves(path[i], path[i + 1]);
            uint256 kept = amounts[i] * 997;
            amounts[i + 1] = (kept * reserveOut) / (reserveIn * 1000 + kept);
        }
    }

    /// The address of the market of two tokens, whether or not it exists.
    function pairOf(address token, address other) public view returns (address) {
        (address token0, address token1) = token < other ? (token, other) : (other, token);
        bytes32 salt = keccak256(abi.encodePacked(token0, token1));
        return address(uint160(uint256(keccak256(abi.encodePacked(hex"ff", factory, salt, pairCodeHash)))));
    }

    function _reserves(address token, address other) private view returns (uint256, uint256) {
        address pair = pairOf(token, other);
        if (pair.code.length == 0) revert NoPair(token, other);
        (uint256 reserve0, uint256 reserve1,) = ExchangePair(pair).getReserves();
        return token < other ? (reserve0, reserve1) : (reserve1, reserve0);
    }
}
