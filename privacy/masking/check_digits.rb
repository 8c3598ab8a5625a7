# frozen_string_literal: true

module Masking
  # Numbers with check digits: how much of a text is one.
  class CheckDigits
    IDENTITY_WEIGHTS = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2].freeze
    IDENTITY_CHECKS = '10X98765432'

    def initialize(rules)
      @iban_lengths = rules.fetch('iban_lengths')
      @prefixes = rules.fetch('card_prefixes')
    end

    def chinese_identity_number(text)
      total = IDENTITY_WEIGHTS.each_with_index.sum { |weight, place| weight * text[place].to_i }
      text[-1].upcase == IDENTITY_CHECKS[total % 11] ? text.length : 0
    end

    def iban(text)
      places = (0...text.length).select { |place| text[place].match?(/[A-Za-z0-9]/) }
      length = @iban_lengths.fetch(text[0, 2].upcase, 0)
      return 0 if length.zero? || places.length < length

      number = places.first(length).map { |place| text[place] }.join
      (number[4..] + number[0, 4]).chars.map { |each| each.to_i(36) }.join.to_i % 97 == 1 ? places[length - 1] + 1 : 0
    end

    def payment_card(text)
      separators = (1...text.length).to_a.reverse.select { |place| ' -'.include?(text[place]) }
      [text.length, *separators].find { |place| card?(text[0, place].delete('^0-9')) } || 0
    end

    private

    def card?(digits)
      @prefixes.any? { |prefix| fits?(prefix, digits) } && luhn?(digits)
    end

    def fits?(prefix, digits)
      first, last = prefix.values_at('from', 'to')
      prefix['lengths'].include?(digits.length) && digits[0, first.to_s.length].to_i.between?(first, last)
    end

    def luhn?(digits)
      total = digits.reverse.each_char.with_index.sum do |digit, place|
        doubled = digit.to_i * (1 + place % 2)
        doubled / 10 + doubled % 10
      end
      (total % 10).zero?
    end
  end
end
