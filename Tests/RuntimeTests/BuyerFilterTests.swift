import Domain
import Testing

@testable import Runtime

@Suite("Which buyers may have a row")
struct BuyerFilterTests {
    private func buyer(_ number: Int) -> BuyerID { BuyerID(rawValue: "buyer-\(number)") }

    @Test("never no for one who was put in, and yes wrongly of at most one in a thousand")
    func answers() {
        let (shop, other) = (ShopID(rawValue: "shop"), ShopID(rawValue: "other"))
        var filter = BuyerFilter(most: 8 << 20)
        #expect(!filter.mayHold(shop, buyer(0)))
        for number in 0..<100_000 { filter.insert(shop, buyer(number)) }
        #expect((0..<100_000).allSatisfy { filter.mayHold(shop, buyer($0)) })
        #expect((100_000..<200_000).count { filter.mayHold(shop, buyer($0)) } <= 100)
        #expect((0..<100_000).count { filter.mayHold(other, buyer($0)) } <= 100)
    }

    @Test("at its bound it still never says no of one who was put in")
    func full() {
        let shop = ShopID(rawValue: "shop")
        var filter = BuyerFilter(most: 1)
        for number in 0..<50_000 { filter.insert(shop, buyer(number)) }
        #expect((0..<50_000).allSatisfy { filter.mayHold(shop, buyer($0)) })
    }
}
