// Arithmetic of DIV-3's virtual time. A span or a product that fits in a word, as nearly all do, is worked out there,
// several times faster; the result is the same.

enum VirtualTime {
    /// `share · span`.
    @inline(__always)
    static func product(_ share: Int64, _ span: Int128) -> Int128 {
        guard let span = Int64(exactly: span) else { return Int128(share) * span }
        // Two words never exceed two words.
        return Int128(share) &* Int128(span)
    }

    /// `span · parts / whole`, rounded towards zero. `whole` is above 0.
    @inline(__always)
    static func part(_ span: Int128, _ parts: Int, of whole: Int) -> Int128 {
        if let short = Int(exactly: span) {
            let (product, isWide) = short.multipliedReportingOverflow(by: parts)
            if !isWide { return Int128(product / whole) }
        }
        return span * Int128(parts) / Int128(whole)
    }
}
