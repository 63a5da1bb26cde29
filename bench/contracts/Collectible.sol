// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {ERC721} from "@openzeppelin/contracts/token/ERC721/ERC721.sol";

/// An ERC-721 collection as most of them are deployed: the OpenZeppelin implementation, minted in a row. Every mint
/// depends on the one before through the counter.
/// Storage: slot 0 name, 1 symbol, 2 owners, 3 balances, 4 approvals, 5 operators, 6 next id.
contract Collectible is ERC721 {
    uint256 public nextId;

    constructor(string memory name, string memory symbol) ERC721(name, symbol) {}

    /// Gives the next one to the caller.
    function mint() external returns (uint256 id) {
        id = nextId++;
        _mint(msg.sender, id);
    }
}
