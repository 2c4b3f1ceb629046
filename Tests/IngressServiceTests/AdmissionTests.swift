import Testing

@testable import IngressService

/// What the edge lets in when there is too much.
@Suite struct AdmissionPressureTests {
    private final class Door {
        private(set) var places: Places
        private var now = Duration.zero

        /// 400 places, a quarter for a shop, and never fewer than 16.
        init() {
            var limits = AdmissionLimits()
            limits.most = 400
            limits.least = 16
            places = Places(limits: limits)
        }

        func enter(_ load: Load, shop: String?) -> Bool { places.enter(load, shop: shop) }
        func leave(shop: String?) { places.leave(shop: shop, took: nil, at: now) }

        /// So many windows in which the fastest answer took so long.
        func windows(_ count: Int, fastest: Duration) {
            for _ in 0..<count {
                _ = places.enter(.reply, shop: nil)
                now += .milliseconds(101)
                places.leave(shop: nil, took: fastest, at: now)
            }
        }
    }

    @Test func boundShrinksWhileEvenTheFastestAnswersAreOldAndComesBack() {
        let door = Door()
        for _ in 0..<100 { #expect(door.enter(.consult, shop: nil)) }
        door.windows(1, fastest: .milliseconds(251))
        #expect(door.places.room == 400)
        door.windows(1, fastest: .milliseconds(251))
        #expect(door.places.room == 50)
        door.windows(9, fastest: .milliseconds(251))
        #expect(door.places.room == 16)
        // Eight windows of an eighth each, and it is whole again.
        door.windows(8, fastest: .milliseconds(250))
        #expect(door.places.room == 400)
    }

    @Test func underPressureConsultsAreRefusedAndAgentsRepliesAreNot() {
        let door = Door()
        for _ in 0..<60 { #expect(door.enter(.consult, shop: nil)) }
        door.windows(4, fastest: .seconds(1))
        #expect(!door.enter(.consult, shop: "a"))
        #expect(!door.enter(.read, shop: "a"))
        #expect(!door.enter(.bulk, shop: "a"))
        #expect(door.enter(.reply, shop: "a"))
    }

    @Test func underPressureWhatIsLeftIsSharedEvenlyAmongTheShops() {
        let door = Door()
        for _ in 0..<80 { #expect(door.enter(.consult, shop: "hot")) }
        for _ in 0..<2 { #expect(door.enter(.consult, shop: "quiet")) }
        door.windows(2, fastest: .seconds(1))
        #expect(door.places.room == 41)
        for _ in 0..<70 { door.leave(shop: "hot") }
        // Two shops are there: half of 41 each, and the hot one may not have the quiet one's half.
        #expect((1...30).count { _ in door.enter(.consult, shop: "hot") } == 10)
        #expect((1...30).count { _ in door.enter(.consult, shop: "quiet") } == 18)
    }

    @Test func whatTakesItsTimeInAnyCaseSaysNothingOfTheQueue() {
        let door = Door()
        for _ in 0..<20 {
            #expect(door.enter(.bulk, shop: nil))
            door.leave(shop: nil)
        }
        #expect(door.places.room == 400)
        #expect(door.places.total == 0)
    }
}
