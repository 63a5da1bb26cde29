// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";

/// Work for the benchmark: a token whose run() does one thing many times. Called on empty storage, so whoever calls is given
/// what is spent first. Each returns what it did, so that nothing can be left out.
contract TokenTransferRun is ERC20("", "") {
    uint256 constant TIMES = 2500;

    function run() external returns (uint256) {
        _mint(msg.sender, TIMES * TIMES);
        for (uint256 i = 1; i <= TIMES; i++) transfer(address(uint160(i * 7919)), i);
        return balanceOf(msg.sender);
    }
}

contract TokenMintRun is ERC20("", "") {
    uint256 constant TIMES = 2500;

    function run() external returns (uint256) {
        for (uint256 i = 1; i <= TIMES; i++) _mint(address(uint160(i % 97 + 1)), i);
        return totalSupply();
    }
}

contract TokenApproveRun is ERC20("", "") {
    uint256 constant TIMES = 1500;

    function run() external returns (uint256) {
        _mint(msg.sender, TIMES * TIMES);
        for (uint256 i = 1; i <= TIMES; i++) {
            approve(msg.sender, i + 1);
            transferFrom(msg.sender, address(uint160(i % 251 + 1)), i);
        }
        return allowance(msg.sender, msg.sender);
    }
}
