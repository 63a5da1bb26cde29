// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

/// Ten thousand hashes of 64 bytes, each of the one before, so that none can be left out.
contract HashRun {
    function run() external pure returns (bytes32 last) {
        for (uint256 i = 0; i < 10_000; i++) last = keccak256(abi.encode(last, i));
    }
}
