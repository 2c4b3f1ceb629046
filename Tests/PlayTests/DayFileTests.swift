import Domain
import Testing

@testable import ClusterKit

@Suite struct DayFileTests {
    static let shop = #"{"kind":"shop","shop":"s","name":"S","timeZone":"Asia/Shanghai","date":"2025-12-11"}"#
    static let agent = #"{"kind":"agent","agent":"a","weight":150,"groups":["g"],"pace":1.5}"#

    static func parse(_ lines: String...) throws(DayFault) -> DayFile {
        try DayFile(Array(lines.joined(separator: "\n").utf8))
    }

    @Test func aDayRunsFromMidnightToMidnightOfTheShop() throws {
        let day = try Self.parse(Self.shop)
        #expect(RFC3339.text(day.shop.start) == "2025-12-10T16:00:00.000Z")
        #expect(RFC3339.text(day.shop.end) == "2025-12-11T16:00:00.000Z")
    }

    @Test func aDayOfTwentyThreeHoursEndsAnHourEarlier() throws {
        let day = try Self.parse(
            #"{"kind":"shop","shop":"s","name":"S","timeZone":"Europe/Berlin","date":"2025-03-30"}"#)
        #expect(day.shop.end - day.shop.start == .hours(23))
    }

    @Test func rowsAreInOrderOfTimeAndSeq() throws {
        let day = try Self.parse(
            Self.shop, Self.agent,
            #"{"at":"2025-12-11T10:00:00+08:00","seq":2,"kind":"message","buyer":"b","effortSec":3,"text":"二"}"#,
            #"{"at":"2025-12-11T10:00:00+08:00","seq":1,"kind":"presence","agent":"a","state":"online"}"#,
            #"{"at":"2025-12-11T09:00:00+08:00","seq":3,"kind":"message","buyer":"b","effortSec":3.5,"type":"orderCard","order":"o"}"#
        )
        #expect(day.rows.map(\.seq) == [3, 1, 2])
        guard case .message(let card) = day.rows[0].deed else {
            Issue.record("the first row is no message")
            return
        }
        #expect(card.order == OrderID(rawValue: "o"))
        #expect(card.text == nil)
        #expect(card.effort == 3.5)
    }

    @Test func whatTheApiTakesIsPassedOnAndNothingElse() throws {
        let day = try Self.parse(Self.shop, Self.agent, #"{"kind":"buyer","buyer":"b","memberLevel":2}"#)
        #expect(String(decoding: day.agents[0].body.jsonBytes, as: UTF8.self) == #"{"weight":150,"groups":["g"]}"#)
        #expect(day.agents[0].pace == 1.5)
        #expect(String(decoding: day.buyers[0].body.jsonBytes, as: UTF8.self) == #"{"memberLevel":2}"#)
    }

    /// `AT` stands for a time and a number that are right.
    @Test(arguments: [
        (#"{"kind":"presence",AT,"agent":"a","state":"away"}"#, "state"),
        (#"{"kind":"presence",AT,"agent":"z","state":"online"}"#, "agent"),
        (#"{"kind":"presence","at":"10:00","seq":1,"agent":"a","state":"online"}"#, "at"),
        (#"{"kind":"presence","at":"2025-12-12T00:00:00+08:00","seq":1,"agent":"a","state":"online"}"#, "at"),
        (#"{"kind":"presence","at":"2025-12-11T10:00:00+08:00","seq":1.5,"agent":"a","state":"online"}"#, "seq"),
        (#"{"kind":"message",AT,"buyer":"","effortSec":1,"text":"x"}"#, "buyer"),
        (#"{"kind":"message",AT,"buyer":"b","text":"x"}"#, "effortSec"),
        (#"{"kind":"message",AT,"buyer":"b","effortSec":-1,"text":"x"}"#, "effortSec"),
        (#"{"kind":"message",AT,"buyer":"b","effortSec":1}"#, "text"),
        (#"{"kind":"message",AT,"buyer":"b","effortSec":1,"type":"song"}"#, "type"),
        (#"{"kind":"agent","agent":"a"}"#, "agent"),
        (#"{"kind":"agent","agent":"b","pace":"quick"}"#, "pace"),
        (#"{"kind":"courier"}"#, "kind"),
        (#"{"kind":7}"#, "kind"),
        (#"{"agent":"b"}"#, "kind"),
    ])
    func aFaultNamesLineAndField(line: String, field: String) {
        let line = line.replacing("AT", with: #""at":"2025-12-11T10:00:00+08:00","seq":1"#)
        let fault = #expect(throws: DayFault.self) { _ = try Self.parse(Self.shop, Self.agent, "", line) }
        #expect(fault?.line == 4)
        #expect(fault?.field == field)
        #expect(fault?.description.hasPrefix("line 4, field \(field): ") == true)
    }

    @Test(arguments: ["[]", "{", "{\"a\":1,\"a\":2}", "x"])
    func aLineThatIsNoObjectIsNamed(line: String) {
        let fault = #expect(throws: DayFault.self) { _ = try Self.parse(Self.shop, line) }
        #expect(fault?.line == 2)
        #expect(fault?.field == nil)
    }

    @Test func theShopComesFirstAndOnce() {
        #expect(throws: DayFault.self) { _ = try Self.parse(Self.agent, Self.shop) }
        #expect(throws: DayFault.self) { _ = try Self.parse(Self.shop, Self.shop) }
        #expect(throws: DayFault.self) { _ = try Self.parse("") }
    }

    @Test func aSeqThatWasThereBeforeIsRefused() {
        let row = #"{"kind":"message","at":"2025-12-11T10:00:00+08:00","seq":1,"buyer":"b","effortSec":1,"text":"x"}"#
        let fault = #expect(throws: DayFault.self) { _ = try Self.parse(Self.shop, row, row) }
        #expect(fault?.field == "seq")
    }
}
