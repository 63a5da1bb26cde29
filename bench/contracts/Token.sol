// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";

/// An ERC-20 token as most of them are deployed: the OpenZeppelin implementation, plus a faucet.
/// Storage: slot 0 balances, 1 allowances, 2 total supply, 3 name, 4 symbol.
contract Token is ERC20 {
    constructor(string memory name, string memory symbol) ERC20(name, symbol) {}

    /// Gives `amount` to `to`. Anyone may call it: the token is worth nothing.
    function mint(address to, uint256 amount) external {
        _mint(to, amount);
    }
}
