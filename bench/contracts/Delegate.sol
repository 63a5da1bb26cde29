// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

/// Code for an account that delegates to it (EIP-7702): several calls in one transaction, sent either by the
/// account itself or by anyone who brings the account's signature over them (a sponsored transaction).
/// Storage, in the account: one nonce, at a slot of its own so that another delegate's layout does not meet it.
contract Delegate {
    struct Call {
        address target;
        uint256 value;
        bytes data;
    }

    /// keccak256("weft.delegate.nonce")
    bytes32 private constant NONCE_SLOT = 0x225f76f5cb4cfbe287e3f7dfbf79990c8cb5fa6205670c2a6c8c35f5a3b6350d;

    event Executed(uint256 indexed nonce, uint256 calls);

    error NotOwner(address caller);
    error WrongSigner(address signer);
    error CallFailed(uint256 index);

    receive() external payable {}

    /// Runs `calls` for the account itself.
    function execute(Call[] calldata calls) external payable {
        if (msg.sender != address(this)) revert NotOwner(msg.sender);
        _run(calls, _takeNonce());
    }

    /// Runs `calls` for whoever sends them, if the account signed
    /// keccak256(abi.encode(chain id, account, nonce, calls)).
    function executeSigned(Call[] calldata calls, uint8 v, bytes32 r, bytes32 s) external payable {
        uint256 nonce = _takeNonce();
        address signer = ecrecover(keccak256(abi.encode(block.chainid, address(this), nonce, calls)), v, r, s);
        if (signer != address(this)) revert WrongSigner(signer);
        _run(calls, nonce);
    }

    function _run(Call[] calldata calls, uint256 nonce) private {
        for (uint256 i = 0; i < calls.length; i++) {
            (bool done, ) = calls[i].target.call{value: calls[i].value}(calls[i].data);
            if (!done) revert CallFailed(i);
        }
        emit Executed(nonce, calls.length);
    }

    function _takeNonce() private returns (uint256 nonce) {
        assembly {
            nonce := sload(NONCE_SLOT)
            sstore(NONCE_SLOT, add(nonce, 1))
        }
    }
}
