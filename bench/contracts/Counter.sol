// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

/// The smallest contract with state: one shared number. Every `increment` depends on the one before, which makes
/// it the worst case of a parallel engine. Storage: slot 0 count, 1 seal, 2 owner.
contract Counter {
    uint256 public count;
    bytes32 public seal;
    address private owner;

    event Incremented(address indexed by, uint256 count);

    error NotOwner();

    /// Refuses a start of 2^256-1, so that a creation can be made to fail.
    constructor(uint256 start) payable {
        count = start + 1;
        owner = msg.sender;
    }

    function increment() external {
        count += 1;
        emit Incremented(msg.sender, count);
    }

    /// Mixes `rounds` hashes into the seal: pure computation, as long as the caller wishes.
    function churn(uint256 rounds) external {
        bytes32 mixed = seal;
        for (uint256 i = 0; i < rounds; i++) mixed = keccak256(abi.encode(mixed, i));
        seal = mixed;
    }

    /// Stores a digest of everything the block tells a contract.
    function stamp() external {
        seal = sha256(
            abi.encode(
                blockhash(block.number - 1),
                block.number,
                block.timestamp,
                block.prevrandao,
                block.coinbase,
                block.gaslimit,
                block.basefee,
                block.blobbasefee,
                block.chainid,
                blobhash(0),
                tx.origin,
                tx.gasprice
            )
        );
    }

    /// Ends the contract. Since EIP-6780 this only deletes one made in the same transaction.
    function close(address payable heir) external {
        if (msg.sender != owner) revert NotOwner();
        selfdestruct(heir);
    }
}

/// Makes counters at addresses known beforehand (CREATE2).
contract CounterFactory {
    event Made(address counter);

    function make(bytes32 salt) external payable returns (Counter counter) {
        counter = new Counter{salt: salt, value: msg.value}(0);
        emit Made(address(counter));
    }

    /// Makes a counter and destroys it again before the transaction ends.
    function makeAndClose(bytes32 salt) external payable {
        Counter counter = new Counter{salt: salt, value: msg.value}(0);
        counter.increment();
        counter.close(payable(msg.sender));
    }
}
