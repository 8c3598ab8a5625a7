# frozen_string_literal: true

# What a filter has of Fluentd, for the tests that run it without: parameters, and a log.
# Source: https://docs.fluentd.org/plugin-development/api-plugin-filter

module Fluent
  module Plugin
    def self.register_filter(_type, _class); end

    class Filter
      def self.desc(_text); end

      def self.config_param(name, type)
        raise "unknown type #{type}" unless type == :string

        (@parameters ||= []) << name
      end

      def self.parameters
        @parameters
      end

      def configure(conf)
        unknown = conf.keys - self.class.parameters.map(&:to_s)
        raise "unknown parameters #{unknown}" unless unknown.empty?

        self.class.parameters.each { |name| instance_variable_set("@#{name}", conf.fetch(name.to_s)) }
      end

      def log
        self
      end

      def error(message, fields)
        warn "#{message} #{fields}"
      end
    end
  end
end
