// The stable 64-bit fingerprint of what a request asks (I9): FNV-1a over its method, path and body, then the final mix
// of SplitMix64. The order of a body's fields does not matter, nor does `at`. It must be the same in every release,
// because a client may try again across an update: a test holds known values.

import Wire

struct Fingerprint {
    private var hash: UInt64 = 0xcbf2_9ce4_8422_2325

    /// `account` sets the same request of another account apart where they share their keys; empty for the shop's own.
    static func of(method: String, path: [String], body: JSONValue, account: String = "") -> UInt64 {
        var print = Fingerprint()
        if !account.isEmpty { print.add(account) }
        print.add(method)
        for segment in path { print.add(segment) }
        if case .object(let members) = body {
            print.add(.object(members.filter { $0.name != "at" }))
        } else {
            print.add(body)
        }
        return ShardMap.mix(print.hash)
    }

    private mutating func add(byte: UInt8) {
        hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3
    }

    private mutating func add(number: UInt64) {
        if number < 0x100 {
            // Seven more bytes, all zero: the prime to the power of seven.
            add(byte: UInt8(truncatingIfNeeded: number))
            hash = hash &* 0xc552_7b8a_51d3_d2db
            return
        }
        var rest = number
        for _ in 0..<8 {
            add(byte: UInt8(truncatingIfNeeded: rest))
            rest >>= 8
        }
    }

    private mutating func add(_ text: String) {
        add(number: UInt64(text.utf8.count))
        var text = text
        text.withUTF8 { bytes in
            for byte in bytes { add(byte: byte) }
        }
    }

    /// The same of the `POST` of a body that was read by hand.
    static func of(_ path: PlainPath, body: PlainBody, account: String = "") -> UInt64 {
        var print = Fingerprint()
        if !account.isEmpty { print.add(account) }
        print.add("POST")
        print.add("v1")
        print.add("shops")
        print.add(path.shop)
        print.add(path.collection)
        print.add(path.name)
        print.add("messages")
        print.add(byte: 7)
        print.add(number: UInt64(body.count))
        // By name.
        print.add("account", body.account)
        print.add("id", body.id)
        print.add("intent", body.intent)
        print.add("item", body.item)
        print.add("kind", body.kind)
        print.add("order", body.order)
        print.add("text", body.text)
        print.add("toAgent", body.toAgent)
        return ShardMap.mix(print.hash)
    }

    private mutating func add(_ name: String, _ text: String?) {
        guard let text else { return }
        add(name)
        add(byte: 5)
        add(text)
    }

    /// A tag, then the value; of an object, the members by name.
    private mutating func add(_ value: JSONValue) {
        switch value {
        case .null: add(byte: 0)
        case .flag(let flag): add(byte: flag ? 2 : 1)
        case .integer(let number):
            add(byte: 3)
            add(number: UInt64(bitPattern: number))
        case .decimal(let number):
            add(byte: 4)
            add(number: number.bitPattern)
        case .text(let text):
            add(byte: 5)
            add(text)
        case .list(let elements):
            add(byte: 6)
            add(number: UInt64(elements.count))
            for element in elements { add(element) }
        case .object(let members):
            add(byte: 7)
            add(number: UInt64(members.count))
            for member in members.sorted(by: { $0.name < $1.name }) {
                add(member.name)
                add(member.value)
            }
        }
    }
}
